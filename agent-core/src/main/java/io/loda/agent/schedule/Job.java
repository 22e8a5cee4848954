package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.HangingException;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.StreamingSource;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.timers.EventLoop;
import io.loda.agent.timers.Ticks;
import io.loda.agent.timers.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs one assignment: opens its source, and collects at each tick, never twice at once. On the
 * scheduler's event loop.
 */
final class Job {

  private final EventLoop loop;
  private final Assignment assignment;
  private final Services services;
  private final JobHealth health;
  private final Opening opening;
  private final Ticks ticks;

  private @Nullable MetricSource source;
  private @Nullable Future<?> current;

  /** The deadline of the current run; null: none is known. */
  private @Nullable Long currentEndNanos;

  private @Nullable StreamOfJob stream;

  /** The alarm of the last scheduled run, if it failed; sent again while the breaker is open. */
  private List<Batch> failure = List.of();

  private boolean enabled;
  private boolean stopped;

  /** What a job needs of the scheduler. */
  interface Services {

    Future<MetricSource> open(Assignment assignment);

    /**
     * The alarm to send at each interval while the source can't be opened; may be empty.
     *
     * @param why the failure
     */
    List<Batch> notOpened(Assignment assignment, String why);

    /** Delivers a run's metrics; succeeds when they are as safe as the durability promises. */
    Future<Void> deliver(Assignment assignment, List<Batch> batches);

    /** Called after each run of a script or a Java plugin. */
    void ran(Assignment assignment, RunResult run);

    /**
     * Called when a stream has run well for a while.
     *
     * @param commit of its checkout; empty: there is none
     */
    void ranWell(Assignment assignment, String commit);
  }

  /**
   * A job that isn't started.
   *
   * @param splay the delay of the first run; asked once the source is open
   * @param retry the first back-off after a failure to open; doubled each time
   */
  Job(
      EventLoop loop,
      Timers timers,
      Assignment assignment,
      Supplier<Duration> splay,
      Duration retry,
      boolean enabled,
      Breaker breaker,
      Services services) {
    this.loop = loop;
    this.assignment = assignment;
    this.ticks = new Ticks(timers, assignment.interval(), splay, this::tick);
    this.enabled = enabled;
    this.services = services;
    this.health = new JobHealth(assignment, breaker);
    this.opening =
        new Opening(
            timers, retry, health, () -> services.open(assignment), this::opened, this::notOpened);
  }

  /** Takes over the rhythm of the job that it replaces; call before the start. */
  Job inTheRhythmOf(Job before) {
    ticks.inTheRhythmOf(before.ticks);
    return this;
  }

  Assignment assignment() {
    return assignment;
  }

  boolean enabled() {
    return enabled;
  }

  void enable(boolean on) {
    enabled = on;
    health.tryAgain();
    if (stream != null && !stopped) {
      if (on) {
        stream.start();
      } else {
        stream.halt();
      }
    }
  }

  /** Closes the breaker and retries the opening at once: something has changed. */
  void tryAgain() {
    health.tryAgain();
    opening.tryNow();
  }

  /** Restarts a stream, whose folder may have changed. */
  void beginAnew() {
    if (stream != null && enabled && !stopped) {
      stream.halt();
      stream.start();
    }
  }

  boolean isRunning() {
    return current != null || (stream != null && stream.isRunning());
  }

  /** Returns whether the current run should finish before another item replaces this one. */
  boolean finishesBefore(Assignment next) {
    return current != null && assignment.isOfSameRepository(next);
  }

  /** Completes when the current run has ended, also if it failed. */
  Future<?> free() {
    return current == null ? Future.succeededFuture() : current;
  }

  /** Seconds until the current run's deadline; 0: unknown. */
  long secondsUntilFree() {
    if (current == null || currentEndNanos == null || isQueued()) {
      return 0;
    }
    return Math.max(0, currentEndNanos - System.nanoTime()) / 1_000_000_000 + 1;
  }

  /** Returns whether it is a Java plugin that hangs and isn't called any more. */
  boolean hangs() {
    return health.hanging();
  }

  /** Returns whether its run waits for a free place. */
  boolean isQueued() {
    return current != null && source != null && source.isQueued();
  }

  /** Returns whether it is an open stream. */
  boolean isStream() {
    return stream != null;
  }

  /** Null until it is open. */
  @Nullable MetricSource source() {
    return source;
  }

  String problem() {
    return health.problem();
  }

  JobStatus status() {
    return health.status(state(), enabled, untilNextRun());
  }

  private String state() {
    if (health.refused()) {
      return "refused";
    }
    if (health.hanging()) {
      return "hanging";
    }
    if (source == null) {
      return "opening";
    }
    if (isQueued()) {
      return "queued";
    }
    if (isRunning()) {
      return "running";
    }
    return !enabled ? "disabled" : health.slowed() ? "slowed" : "waiting";
  }

  private @Nullable Duration untilNextRun() {
    Duration interval = assignment.interval();
    if (source == null || !enabled || health.hanging() || stream != null || interval.isZero()) {
      return null;
    }
    return ticks.untilNext().plus(interval.multipliedBy(health.leftOut()));
  }

  void start() {
    opening.start();
  }

  private void opened(MetricSource opened) {
    if (opened instanceof StreamingSource streaming) {
      StreamOfJob begun = new StreamOfJob(loop, streaming, this);
      if (enabled) {
        begun.start();
      }
      stream = begun;
      ticks.end();
    } else {
      beginToTick();
    }
    source = opened;
  }

  private void notOpened() {
    if (!stopped) {
      beginToTick();
    }
  }

  private void beginToTick() {
    if (!assignment.interval().isZero()) {
      ticks.begin();
    }
  }

  private void tick(long due) {
    if (!enabled) {
      return;
    }
    if (source == null) {
      say(services.notOpened(assignment, health.problem()));
      return;
    }
    if (!health.mayRun()) {
      // fewer runs, but as many alarms: a rule may need several of them in a period
      say(failure);
      return;
    }
    if (current != null) {
      health.skipped();
      if (source != null) {
        source.skipped();
      }
      return;
    }
    run(
            from ->
                remembered(RunResult.Occasion.SCHEDULED, () -> from.collect(due))
                    .compose(this::delivered),
            assignment.interval())
        .map(
            collected -> {
              if (isWanted(collected)) {
                endedWhenDue(collected);
              }
              return collected;
            })
        .onFailure(this::failedWhenDue);
  }

  private void say(List<Batch> alarm) {
    if (!alarm.isEmpty()) {
      // an exception counts as a failure
      Future.succeededFuture()
          .compose(unused -> services.deliver(assignment, alarm))
          .onFailure(e -> health.failed(String.valueOf(e.getMessage()), ""));
    }
  }

  /** Runs it; records the run of a Java plugin, since nothing else does. */
  Future<Collected> remembered(RunResult.Occasion occasion, Supplier<Future<Collected>> run) {
    return assignment instanceof Assignment.JavaPlugin
        ? JavaRun.remembered(run, told -> services.ran(assignment, told.on(occasion)))
        : run.get();
  }

  private void endedWhenDue(Collected collected) {
    ended(collected);
    failure = collected.again();
    if (!collected.problem().isEmpty()) {
      health.failedWhenDue();
    }
  }

  private void failedWhenDue(Throwable cause) {
    failedByHand(cause);
    if (!health.hanging()) {
      health.failedWhenDue();
    }
  }

  /** Notes that a run by hand failed; the breaker doesn't count it. */
  void failedByHand(Throwable cause) {
    String reason = String.valueOf(cause.getMessage() == null ? cause : cause.getMessage());
    if (cause instanceof HangingException) {
      health.hangs(reason);
      ticks.end();
    } else {
      health.failed(reason, "");
    }
  }

  Future<Void> streamGave(List<Batch> batches) {
    return services.deliver(assignment, batches);
  }

  void streamRanWell(String commit) {
    services.ranWell(assignment, commit);
    health.good();
  }

  /** A stream ended, or was halted. */
  Future<Void> streamEnded(Collected collected) {
    RunResult run = collected.run();
    if (run != null) {
      health.ran(run.duration().toMillis());
    }
    Future<Void> delivered = delivered(collected).mapEmpty();
    if (isWanted(collected)) {
      endedWhenDue(collected);
    }
    return delivered;
  }

  /** Delivers a run's metrics, then succeeds with the same. */
  Future<Collected> delivered(Collected collected) {
    return isWanted(collected)
        ? services.deliver(assignment, collected.batches()).map(collected)
        : Future.succeededFuture(collected);
  }

  /** Returns whether the result counts: a run that was ended with its job hasn't failed. */
  boolean isWanted(Collected collected) {
    return !stopped || collected.problem().isEmpty();
  }

  /**
   * Notes the result of a run, by schedule or by hand. Of runs by hand the breaker counts only good
   * ones, since they may have other parameters.
   */
  void ended(Collected collected) {
    RunResult run = collected.run();
    if (run != null) {
      services.ran(assignment, run);
      health.took(run.duration().toMillis());
    }
    if (run != null && run.halted()) {
      return;
    }
    if (collected.problem().isEmpty()) {
      health.good();
    } else {
      health.failed(collected.problem(), collected.said());
    }
  }

  /**
   * Runs an action that must not overlap with a tick. Call it only when {@link #isRunning} is false
   * and there is a {@link #source}.
   *
   * @param longest the most that it may take
   */
  <T> Future<T> run(Function<MetricSource, Future<T>> action, Duration longest) {
    MetricSource opened = source;
    if (opened == null || current != null) {
      return Future.failedFuture(new IllegalStateException(assignment.key() + " can't run now"));
    }
    long start = System.nanoTime();
    Promise<T> ended = Promise.promise();
    current = ended.future();
    currentEndNanos = start + longest.toNanos();
    // an exception of the action counts as a failure
    Future.succeededFuture().compose(unused -> action.apply(opened)).onComplete(ended);
    return ended
        .future()
        .onComplete(
            unused -> {
              current = null;
              health.ran((System.nanoTime() - start) / 1_000_000);
            });
  }

  /** Stops the ticks, cancels the current run, and then closes the source. */
  Future<Void> stop() {
    stopped = true;
    opening.stop();
    ticks.end();
    MetricSource opened = source;
    if (opened == null) {
      return Future.succeededFuture();
    }
    opened.cancel();
    Future<?> last = current == null ? Future.succeededFuture() : current;
    Promise<Void> ended = Promise.promise();
    last.transform(unused -> opened.close())
        // a stream ends on its own thread
        .onComplete(result -> loop.run(() -> ended.handle(result)));
    return ended.future();
  }
}
