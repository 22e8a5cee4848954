package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.HostProbes;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.timers.EventLoop;
import io.loda.agent.timers.Timers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;

/** A job on an event loop, whose source does what a test says. */
abstract class JobFixture {

  static final Assignment OFTEN = HostProbes.probe("CPU", Duration.ofMillis(20));
  static final List<Batch> BATCHES =
      List.of(new Batch(null, "", List.of(new Metric("cpu.idle", 0, Map.of(), 1.0))));

  static final Collected GOOD = new Collected(BATCHES, "", "");

  final List<List<Batch>> delivered = new CopyOnWriteArrayList<>();
  final FakeSource source = new FakeSource();
  final List<RunResult> runs = new CopyOnWriteArrayList<>();
  final List<String> ranWell = new CopyOnWriteArrayList<>();
  final AtomicInteger opens = new AtomicInteger();
  int breaker;
  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();

  /** Answers at once, or when told to. On the event loop but for what is read by tests. */
  static final class FakeSource implements MetricSource {
    final AtomicInteger begun = new AtomicInteger();
    final AtomicInteger skips = new AtomicInteger();
    final AtomicInteger closes = new AtomicInteger();
    final AtomicInteger cancels = new AtomicInteger();
    volatile Supplier<Future<Collected>> answer = () -> Future.succeededFuture(GOOD);

    @Override
    public Future<Collected> collect() {
      begun.incrementAndGet();
      return answer.get();
    }

    @Override
    public void skipped() {
      skips.incrementAndGet();
    }

    @Override
    public void cancel() {
      cancels.incrementAndGet();
    }

    @Override
    public Future<Void> close() {
      closes.incrementAndGet();
      return Future.succeededFuture();
    }
  }

  Future<Void> deliver(List<Batch> batches) {
    delivered.add(batches);
    return Future.succeededFuture();
  }

  @AfterEach
  void closeVertx() throws Exception {
    await(vertx.close());
  }

  Future<MetricSource> opened() {
    return Future.succeededFuture(source);
  }

  Job started(Assignment assignment, Supplier<Future<MetricSource>> open) throws Exception {
    return started(assignment, open, this::deliver);
  }

  Job started(
      Assignment assignment,
      Supplier<Future<MetricSource>> open,
      Function<List<Batch>, Future<Void>> deliver)
      throws Exception {
    Job job = job(assignment, true, open, deliver);
    here(job::start);
    return job;
  }

  Job job(
      Assignment assignment,
      boolean enabled,
      Supplier<Future<MetricSource>> open,
      Function<List<Batch>, Future<Void>> deliver) {
    return job(Timers.of(vertx), assignment, enabled, open, deliver);
  }

  Job job(
      Timers timers,
      Assignment assignment,
      boolean enabled,
      Supplier<Future<MetricSource>> open,
      Function<List<Batch>, Future<Void>> deliver) {
    return new Job(
        new EventLoop(context),
        timers,
        assignment,
        () -> Duration.ofMillis(5),
        Duration.ofMillis(10),
        enabled,
        new Breaker(breaker, assignment.interval()),
        new Job.Services() {
          @Override
          public Future<MetricSource> open(Assignment assigned) {
            return open.get();
          }

          @Override
          public List<Batch> notOpened(Assignment assigned, String why) {
            return List.of();
          }

          @Override
          public Future<Void> deliver(Assignment assigned, List<Batch> batches) {
            return deliver.apply(batches);
          }

          @Override
          public void ran(Assignment assigned, RunResult run) {
            runs.add(run);
          }

          @Override
          public void ranWell(Assignment assigned, String commit) {
            ranWell.add(commit);
          }
        });
  }

  JobStatus status(Job job) throws Exception {
    List<JobStatus> status = new ArrayList<>();
    here(() -> status.add(job.status()));
    return status.get(0);
  }

  /** On the job's event loop, as the scheduler does. */
  void here(Runnable action) throws Exception {
    await(
        on(
            () -> {
              action.run();
              return Future.succeededFuture();
            }));
  }

  <T> Future<T> on(Supplier<Future<T>> action) throws Exception {
    Promise<Future<T>> promise = Promise.promise();
    context.runOnContext(unused -> promise.complete(action.get()));
    return await(promise.future());
  }
}
