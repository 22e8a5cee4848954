package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.Hanging;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.PluginRun;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JobTest {

  private static final Assignment OFTEN = new Assignment.HostProbe("CPU", Duration.ofMillis(20));
  private static final List<Batch> BATCHES =
      List.of(new Batch(null, "", List.of(new Metric("cpu.idle", 0, Map.of(), 1.0))));

  private static final Collected GOOD = new Collected(BATCHES, "", "");

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final List<List<Batch>> delivered = new CopyOnWriteArrayList<>();
  private final FakeSource source = new FakeSource();
  private final List<PluginRun> runs = new CopyOnWriteArrayList<>();
  private final AtomicInteger opens = new AtomicInteger();
  private int breaker;

  /** Answers at once, or when told to. On the event loop but for what is read by tests. */
  private static final class FakeSource implements MetricSource {
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger skips = new AtomicInteger();
    private final AtomicInteger closes = new AtomicInteger();
    private final AtomicInteger cancels = new AtomicInteger();
    private volatile Supplier<Future<Collected>> answer = () -> Future.succeededFuture(GOOD);

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

  private Future<Void> deliver(List<Batch> batches) {
    delivered.add(batches);
    return Future.succeededFuture();
  }

  @AfterEach
  void closeVertx() throws Exception {
    await(vertx.close());
  }

  @Test
  void runsAtEachTickAndDelivers() throws Exception {
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> delivered.size() >= 3);
    assertThat(delivered).allMatch(BATCHES::equals);
    JobStatus status = status(job);
    assertThat(status.state()).isEqualTo("waiting");
    assertThat(status.problem()).isEmpty();
    assertThat(status.runs()).isGreaterThanOrEqualTo(3);
    assertThat(status.failures()).isZero();
  }

  @Test
  void neverRunsTwiceAtOnceAndCountsWhatItSkips() throws Exception {
    Promise<Collected> slow = Promise.promise();
    source.answer = slow::future;
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> status(job).skipped() >= 3);
    assertThat(source.begun).hasValue(1);
    assertThat(status(job).state()).isEqualTo("running");
    assertThat(source.skips).hasValueGreaterThanOrEqualTo(3);

    source.answer = () -> Future.succeededFuture(GOOD);
    here(() -> slow.complete(GOOD));
    Awaitility.await().until(() -> delivered.size() >= 2);
  }

  @Test
  void aRunThatFailedButHasSomethingToSendIsAFailureToo() throws Exception {
    source.answer = () -> Future.succeededFuture(new Collected(BATCHES, "exit: 1", "no such disk"));
    Job job = started(OFTEN, this::opened);
    Awaitility.await().until(() -> status(job).failures() >= 2);
    assertThat(status(job).problem()).isEqualTo("exit: 1");
    assertThat(delivered).allMatch(BATCHES::equals).isNotEmpty();

    source.answer = () -> Future.succeededFuture(GOOD);
    Awaitility.await().until(() -> status(job).problem().isEmpty());
  }

  @Test
  void aFailedRunIsCountedSaidAndTriedAgain() throws Exception {
    source.answer = () -> Future.failedFuture("no /proc");
    Job job = started(OFTEN, this::opened);
    Awaitility.await().until(() -> status(job).failures() >= 2);
    assertThat(status(job).problem()).isEqualTo("no /proc");

    source.answer = () -> Future.succeededFuture(GOOD);
    Awaitility.await().until(() -> status(job).problem().isEmpty());
    assertThat(delivered).isNotEmpty();
  }

  @Test
  void aSourceThatThrowsFailsLikeAnyOther() throws Exception {
    source.answer =
        () -> {
          throw new IllegalStateException("broken");
        };
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> status(job).failures() >= 2);
    assertThat(status(job).problem()).isEqualTo("broken");
    assertThat(status(job).state()).isEqualTo("waiting");
  }

  @Test
  void aDeliveryThatThrowsIsAFailureToo() throws Exception {
    Job job =
        started(
            OFTEN,
            this::opened,
            batches -> {
              throw new IllegalStateException("no room");
            });

    Awaitility.await().until(() -> status(job).failures() >= 2);
    assertThat(status(job).problem()).isEqualTo("no room");
  }

  @Test
  void opensAgainAfterAFailure() throws Exception {
    Job job =
        started(
            OFTEN,
            () ->
                opens.incrementAndGet() < 3
                    ? Future.failedFuture(new IOException("no network"))
                    : Future.succeededFuture(source));

    Awaitility.await().until(() -> !delivered.isEmpty());
    assertThat(opens).hasValue(3);
    assertThat(status(job).problem()).isEmpty();
  }

  @Test
  void whileItIsNotOpenItSaysWhy() throws Exception {
    Job job = started(OFTEN, () -> Future.failedFuture(new IOException("no network")));

    Awaitility.await().until(() -> status(job).problem().equals("no network"));
    assertThat(status(job).state()).isEqualTo("opening");
  }

  @Test
  void whatKeepsFailingRunsLessOftenUntilOneRunIsGood() throws Exception {
    breaker = 2;
    source.answer = () -> Future.failedFuture("no disk");
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> status(job).slowed());
    Awaitility.await().until(() -> status(job).failuresInRow() >= 6);
    JobStatus slowed = status(job);
    assertThat(slowed.state()).isEqualTo("slowed");
    assertThat(slowed.skipped()).as("ticks that the breaker leaves out").isZero();
    assertThat(slowed.untilNextRun()).isNotNull();

    source.answer = () -> Future.succeededFuture(GOOD);
    Awaitility.await().until(() -> !status(job).slowed());
    assertThat(status(job).failuresInRow()).isZero();
    assertThat(status(job).state()).isNotEqualTo("slowed");
  }

  @Test
  void aGoodRunOnDemandIsEnoughAndABadOneDoesNotCount() throws Exception {
    breaker = 2;
    source.answer = () -> Future.failedFuture("no disk");
    Job job = started(OFTEN, this::opened);
    Awaitility.await().until(() -> status(job).slowed());

    int before = status(job).failuresInRow();
    here(() -> job.ended(new Collected(List.of(), "exit: 1", "")));
    assertThat(status(job).failuresInRow()).isBetween(before, before + 1);

    List<Boolean> slowed = new ArrayList<>();
    here(
        () -> {
          job.ended(GOOD);
          slowed.add(job.status().slowed());
        });
    assertThat(slowed).containsExactly(false);
  }

  @Test
  void enabledAgainOrUpdatedItHasAnotherChance() throws Exception {
    breaker = 2;
    source.answer = () -> Future.failedFuture("no disk");
    Job job = started(OFTEN, this::opened);
    List<Boolean> slowed = new ArrayList<>();
    for (Runnable chance : List.<Runnable>of(() -> job.enable(true), job::tryAgain)) {
      Awaitility.await().until(() -> status(job).slowed());
      here(
          () -> {
            chance.run();
            slowed.add(job.status().slowed());
          });
    }
    assertThat(slowed).containsExactly(false, false);
  }

  @Test
  void whatHangsIsNotCalledAgain() throws Exception {
    source.answer = () -> Future.failedFuture(Hanging.exception());
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> status(job).state().equals("hanging"));
    JobStatus status = status(job);
    assertThat(status.problem()).startsWith("hangs at ");
    assertThat(status.untilNextRun()).isNull();
    // several intervals
    Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> source.begun.get() == 1);
    await(on(job::stop));
    assertThat(source.closes).hasValue(1);
  }

  @Test
  void eachRunOfAScriptIsTold() throws Exception {
    PluginRun run = Runs.ok("");
    source.answer = () -> Future.succeededFuture(new Collected(BATCHES, "", "", run));
    started(OFTEN, this::opened);

    Awaitility.await().until(() -> runs.size() >= 2);
    assertThat(runs).allMatch(run::equals);
  }

  @Test
  void whatCanNeverWorkIsRefusedAndNotTriedAgain() throws Exception {
    Job job =
        started(
            OFTEN,
            () -> {
              opens.incrementAndGet();
              return Future.failedFuture(new IllegalArgumentException("port: expected 1…65535"));
            });

    Awaitility.await().until(() -> status(job).state().equals("refused"));
    assertThat(status(job).problem()).isEqualTo("port: expected 1…65535");
    // longer than the first retry
    Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> opens.get() == 1);
  }

  @Test
  void whatIsThrownWhileOpeningIsAFailureToo() throws Exception {
    Job job =
        started(
            OFTEN,
            () -> {
              throw new IllegalArgumentException("git: bad");
            });

    Awaitility.await().until(() -> status(job).state().equals("refused"));
    assertThat(status(job).problem()).isEqualTo("git: bad");
  }

  @Test
  void disabledItWaitsUntilItIsEnabled() throws Exception {
    Job job = job(OFTEN, false, this::opened, this::deliver);
    here(job::start);
    Awaitility.await().until(() -> status(job).state().equals("disabled"));
    assertThat(source.begun).hasValue(0);

    here(() -> job.enable(true));
    Awaitility.await().until(() -> !delivered.isEmpty());
  }

  @Test
  void onDemandOnlyItRunsWhenAsked() throws Exception {
    Job job =
        started(
            new Assignment.Script("ns", "demo", "path:demo", "demo", List.of(), Duration.ZERO),
            this::opened);
    Awaitility.await().until(() -> status(job).state().equals("waiting"));

    Promise<String> result = Promise.promise();
    Future<String> first = on(() -> job.run(unused -> result.future()));
    assertThat(failure(on(() -> job.run(unused -> Future.succeededFuture("second")))))
        .hasMessage("ns|demo can't run now");
    here(() -> result.complete("done"));

    assertThat(await(first)).isEqualTo("done");
    assertThat(source.begun).hasValue(0);
    assertThat(status(job).runs()).isEqualTo(1);
  }

  @Test
  void stoppedItClosesItsSourceAfterTheLastRun() throws Exception {
    Promise<Collected> last = Promise.promise();
    source.answer = last::future;
    Job job = started(OFTEN, this::opened);
    Awaitility.await().until(() -> source.begun.get() == 1);

    Future<Void> stopped = on(job::stop);
    assertThat(source.cancels).hasValue(1);
    assertThat(source.closes).hasValue(0);
    here(() -> last.complete(GOOD));

    await(stopped);
    assertThat(source.closes).hasValue(1);
    assertThat(delivered).hasSize(1);
    assertThat(source.begun).hasValue(1);
  }

  @Test
  void aRunThatWasEndedWithItsJobIsNoFailure() throws Exception {
    Promise<Collected> last = Promise.promise();
    source.answer = last::future;
    Job job = started(OFTEN, this::opened);
    Awaitility.await().until(() -> source.begun.get() == 1);

    Future<Void> stopped = on(job::stop);
    here(() -> last.complete(new Collected(BATCHES, "timeout: ended", "")));

    await(stopped);
    assertThat(delivered).isEmpty();
    assertThat(status(job).failures()).isZero();
  }

  @Test
  void stoppedWhileItOpensItClosesWhatComes() throws Exception {
    Promise<MetricSource> opening = Promise.promise();
    Job job = started(OFTEN, opening::future);
    await(on(job::stop));

    here(() -> opening.complete(source));

    Awaitility.await().until(() -> source.closes.get() == 1);
    assertThat(source.begun).hasValue(0);
  }

  private Future<MetricSource> opened() {
    return Future.succeededFuture(source);
  }

  @Test
  void aRunEndsWhenWhatItGaveIsSafe() throws Exception {
    Promise<Void> stored = Promise.promise();
    Job job =
        started(
            OFTEN,
            this::opened,
            batches -> {
              delivered.add(batches);
              return stored.future();
            });
    Awaitility.await().until(() -> status(job).skipped() >= 2);
    assertThat(status(job).state()).isEqualTo("running");
    assertThat(status(job).runs()).isZero();
    assertThat(delivered).hasSize(1);
    here(stored::complete);
    Awaitility.await().until(() -> status(job).runs() >= 2);
  }

  private Job started(Assignment assignment, Supplier<Future<MetricSource>> open) throws Exception {
    return started(assignment, open, this::deliver);
  }

  private Job started(
      Assignment assignment,
      Supplier<Future<MetricSource>> open,
      Function<List<Batch>, Future<Void>> deliver)
      throws Exception {
    Job job = job(assignment, true, open, deliver);
    here(job::start);
    return job;
  }

  private Job job(
      Assignment assignment,
      boolean enabled,
      Supplier<Future<MetricSource>> open,
      Function<List<Batch>, Future<Void>> deliver) {
    return new Job(
        new EventLoop(context),
        Timers.of(vertx),
        assignment,
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        enabled,
        new Breaker(breaker, assignment.interval()),
        new Job.Owner() {
          @Override
          public Future<MetricSource> open(Assignment assigned) {
            return open.get();
          }

          @Override
          public Future<Void> deliver(Assignment assigned, List<Batch> batches) {
            return deliver.apply(batches);
          }

          @Override
          public void ran(Assignment assigned, PluginRun run) {
            runs.add(run);
          }
        });
  }

  private JobStatus status(Job job) throws Exception {
    List<JobStatus> status = new ArrayList<>();
    here(() -> status.add(job.status()));
    return status.get(0);
  }

  /** On the job's event loop, as the scheduler does. */
  private void here(Runnable action) throws Exception {
    await(
        on(
            () -> {
              action.run();
              return Future.succeededFuture();
            }));
  }

  private <T> Future<T> on(Supplier<Future<T>> action) throws Exception {
    Promise<Future<T>> promise = Promise.promise();
    context.runOnContext(unused -> promise.complete(action.get()));
    return await(promise.future());
  }
}
