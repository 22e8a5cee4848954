package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.HangingException;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.PluginRun;
import io.loda.agent.source.StreamingSource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One assignment at work: opened, run at each tick, never twice at once. On the scheduler's event
 * loop.
 */
final class Job {

  private static final Logger LOG = LoggerFactory.getLogger(Job.class);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(10);

  private final Vertx vertx;
  private final Assignment assignment;
  private final Duration splay;
  private final Supplier<Future<MetricSource>> open;
  private final Function<List<Batch>, Future<Void>> deliver;
  private final Consumer<PluginRun> ran;
  private final Breaker breaker;

  private @Nullable MetricSource source;
  private @Nullable Future<?> current;
  private @Nullable StreamOfJob stream;
  private boolean enabled;
  private boolean refused;
  private boolean hanging;
  private boolean stopped;
  private String problem = "";
  private Duration retry;
  private long timer = -1;
  private long nextTickNanos;
  private long runs;
  private long failures;
  private long skipped;
  private long lastMillis;

  /**
   * A job.
   *
   * @param splay when it runs first
   * @param retry how long after a failure to open it is tried again; twice as long each time
   * @param deliver takes what a run gave; the run ends when that is as safe as it is to be
   * @param ran is told of each run of a script
   */
  Job(
      Vertx vertx,
      Assignment assignment,
      Duration splay,
      Duration retry,
      boolean enabled,
      Breaker breaker,
      Supplier<Future<MetricSource>> open,
      Function<List<Batch>, Future<Void>> deliver,
      Consumer<PluginRun> ran) {
    this.vertx = vertx;
    this.assignment = assignment;
    this.splay = splay;
    this.retry = retry;
    this.enabled = enabled;
    this.open = open;
    this.deliver = deliver;
    this.ran = ran;
    this.breaker = breaker;
  }

  Assignment assignment() {
    return assignment;
  }

  boolean enabled() {
    return enabled;
  }

  void enable(boolean on) {
    enabled = on;
    breaker.close();
    if (stream != null && !stopped) {
      if (on) {
        stream.start();
      } else {
        stream.halt();
      }
    }
  }

  /** Something has changed: whether it still fails is worth a run at the next tick. */
  void tryAgain() {
    breaker.close();
  }

  boolean isRunning() {
    return current != null || (stream != null && stream.isRunning());
  }

  /** Whether it is one that runs for ever, and is open. */
  boolean isStream() {
    return stream != null;
  }

  /** Null until it is open. */
  @Nullable MetricSource source() {
    return source;
  }

  String problem() {
    return problem;
  }

  JobStatus status() {
    return new JobStatus(
        assignment,
        state(),
        problem,
        enabled,
        runs,
        failures,
        breaker.failures(),
        breaker.open(),
        skipped,
        lastMillis,
        untilNextRun());
  }

  private String state() {
    if (refused) {
      return "refused";
    }
    if (hanging) {
      return "hanging";
    }
    if (source == null) {
      return "opening";
    }
    if (isRunning()) {
      return "running";
    }
    return !enabled ? "disabled" : breaker.open() ? "slowed" : "waiting";
  }

  private @Nullable Duration untilNextRun() {
    Duration interval = assignment.interval();
    if (source == null || !enabled || hanging || stream != null || interval.isZero()) {
      return null;
    }
    Duration tick = Duration.ofNanos(Math.max(0, nextTickNanos - System.nanoTime()));
    return tick.plus(interval.multipliedBy(breaker.leftOut()));
  }

  void start() {
    // what opening throws is a failure like any other, and must not reach the other jobs
    Future.succeededFuture()
        .compose(unused -> open.get())
        .onComplete(
            result -> {
              if (stopped) {
                if (result.succeeded()) {
                  result.result().close();
                }
              } else if (result.succeeded()) {
                opened(result.result());
              } else {
                notOpened(result.cause());
              }
            });
  }

  private void opened(MetricSource opened) {
    source = opened;
    if (!problem.isEmpty()) {
      LOG.info("{} is ready now", assignment.key());
      problem = "";
    }
    if (opened instanceof StreamingSource streaming) {
      stream = new StreamOfJob(vertx, streaming, deliver, this::streamNoted);
      enable(enabled);
      return;
    }
    long period = assignment.interval().toMillis();
    if (period > 0) {
      // at least 1 ms: Vert.x takes no less
      timer = vertx.setPeriodic(Math.max(1, splay.toMillis()), period, unused -> tick());
      nextTickNanos = System.nanoTime() + splay.toNanos();
    }
  }

  private void notOpened(Throwable cause) {
    String reason = String.valueOf(cause.getMessage());
    if (cause instanceof HangingException) {
      hanging = true;
    } else if (cause instanceof IllegalArgumentException) {
      refused = true;
      LOG.warn("{} is left out: {}", assignment.key(), reason);
    } else {
      if (!reason.equals(problem)) {
        LOG.warn(
            "{} isn't ready, tries again in {} s: {}", assignment.key(), retry.toSeconds(), reason);
      }
      timer = vertx.setTimer(retry.toMillis(), unused -> start());
      Duration doubled = retry.multipliedBy(2);
      retry = doubled.compareTo(LONGEST_RETRY) < 0 ? doubled : LONGEST_RETRY;
    }
    problem = reason;
  }

  private void tick() {
    nextTickNanos = System.nanoTime() + assignment.interval().toNanos();
    if (!enabled || !breaker.lets()) {
      return;
    }
    if (current != null) {
      skipped++;
      if (source != null) {
        source.skipped();
      }
      if (skipped == 1 || skipped % 100 == 0) {
        LOG.warn(
            "{} still runs when it is due again: skipped, {} so far", assignment.key(), skipped);
      }
      return;
    }
    run(from -> from.collect().compose(collected -> delivered(collected, collected)))
        .map(
            collected -> {
              if (isWanted(collected)) {
                ended(collected);
                if (!collected.problem().isEmpty()) {
                  failedAgain();
                }
              }
              return collected;
            })
        .onFailure(
            e -> {
              String reason = String.valueOf(e.getMessage() == null ? e : e.getMessage());
              if (e instanceof HangingException) {
                // it was said already
                hanging = true;
                problem = reason;
                failures++;
                vertx.cancelTimer(timer);
              } else {
                failed(reason, "");
                failedAgain();
              }
            });
  }

  /** A stream ended, or has run well for a while. */
  private void streamNoted(Collected run, boolean end) {
    runs += end ? 1 : 0;
    ended(run);
  }

  /** Delivers what a run gave; then the run is at its end. */
  <T> Future<T> delivered(Collected collected, T result) {
    return isWanted(collected)
        ? deliver.apply(collected.batches()).map(result)
        : Future.succeededFuture(result);
  }

  /** Whether it says something of the plugin: one that was ended with its job has not failed. */
  boolean isWanted(Collected collected) {
    return !stopped || collected.problem().isEmpty();
  }

  /**
   * Takes note of how a run ended that somebody asked for, or that was due. That of somebody counts
   * for the breaker only when it is good: it may have had other parameters.
   */
  void ended(Collected collected) {
    PluginRun run = collected.run();
    if (run != null) {
      ran.accept(run);
    }
    if (!collected.problem().isEmpty()) {
      failed(collected.problem(), collected.said());
      return;
    }
    if (breaker.close()) {
      LOG.info("{} works again, and runs at its own interval again", assignment.key());
    } else if (!problem.isEmpty()) {
      LOG.info("{} works again", assignment.key());
    }
    problem = "";
  }

  private void failedAgain() {
    if (breaker.failed()) {
      long seconds = assignment.interval().toSeconds();
      LOG.warn(
          "{} failed {} times in a row: it runs less and less often, at last every {} s, until a"
              + " run is good",
          assignment.key(),
          breaker.failures(),
          seconds * breaker.mostIntervals());
    }
  }

  /**
   * Runs something that must not overlap with a tick. Only to be called when {@link #isRunning} is
   * false and there is a {@link #source}.
   */
  <T> Future<T> run(Function<MetricSource, Future<T>> action) {
    MetricSource opened = source;
    if (opened == null || current != null) {
      return Future.failedFuture(new IllegalStateException(assignment.key() + " can't run now"));
    }
    long start = System.nanoTime();
    Promise<T> ended = Promise.promise();
    current = ended.future();
    // what the action throws is a failure like any other
    Future.succeededFuture().compose(unused -> action.apply(opened)).onComplete(ended);
    return ended
        .future()
        .onComplete(
            unused -> {
              current = null;
              runs++;
              lastMillis = (System.nanoTime() - start) / 1_000_000;
            });
  }

  /** The first of several failures of one kind is worth a line, and the end of them. */
  private void failed(String reason, String said) {
    failures++;
    if (!reason.equals(problem)) {
      LOG.warn(
          "{} failed: {}{}",
          assignment.key(),
          reason,
          said.isEmpty() ? "" : "; it last said: " + said);
    }
    problem = reason;
  }

  /** Ticks no more; ends what runs, and then closes the source. */
  Future<Void> stop() {
    stopped = true;
    vertx.cancelTimer(timer);
    MetricSource opened = source;
    if (opened == null) {
      return Future.succeededFuture();
    }
    opened.cancel();
    Future<?> last = current == null ? Future.succeededFuture() : current;
    return last.transform(unused -> opened.close());
  }
}
