package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.schedule.time.EventLoop;
import io.loda.agent.schedule.time.Ticks;
import io.loda.agent.schedule.time.Timers;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.HangingException;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.PluginRun;
import io.loda.agent.source.StreamingSource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One assignment at work: opened, run at each tick, never twice at once. On the scheduler's event
 * loop.
 */
final class Job {

  private final EventLoop loop;
  private final Assignment assignment;
  private final Owner owner;
  private final JobHealth health;
  private final Opening opening;
  private final Ticks ticks;

  private @Nullable MetricSource source;
  private @Nullable Future<?> current;

  /** When what runs has ended at the latest, where that is known. */
  private @Nullable Long currentEndNanos;

  private @Nullable StreamOfJob stream;

  /** What says that the last run which was due failed, where something does. */
  private List<Batch> failure = List.of();

  private boolean enabled;
  private boolean stopped;

  /** Whose jobs they are. */
  interface Owner {

    Future<MetricSource> open(Assignment assignment);

    /**
     * What says that it can't be opened, to be sent at its interval; nothing where nobody watches.
     *
     * @param why in words
     */
    List<Batch> notOpened(Assignment assignment, String why);

    /** Takes what a run gave; the run ends when that is as safe as it is to be. */
    Future<Void> deliver(Assignment assignment, List<Batch> batches);

    /** Is told of each run of a script or a Java plugin. */
    void ran(Assignment assignment, PluginRun run);

    /**
     * Is told of a stream that has run well for a while.
     *
     * @param commit of its checkout; empty where there is none
     */
    void ranWell(Assignment assignment, String commit);
  }

  /**
   * A job.
   *
   * @param splay how long until it runs first; asked once it is open, where it has an interval
   * @param retry how long after a failure to open it is tried again; twice as long each time
   */
  Job(
      EventLoop loop,
      Timers timers,
      Assignment assignment,
      Supplier<Duration> splay,
      Duration retry,
      boolean enabled,
      Breaker breaker,
      Owner owner) {
    this.loop = loop;
    this.assignment = assignment;
    this.ticks = new Ticks(timers, assignment.interval(), splay, this::tick);
    this.enabled = enabled;
    this.owner = owner;
    this.health = new JobHealth(assignment, breaker);
    this.opening =
        new Opening(
            timers, retry, health, () -> owner.open(assignment), this::opened, this::notOpened);
  }

  /** Before it is started: is due first when the one was due next whose place it takes. */
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

  /** Something has changed: whether it still fails is worth a run at the next tick. */
  void tryAgain() {
    health.tryAgain();
    opening.tryNow();
  }

  /** Begins anew, where it is a stream: there may be something else in its folder. */
  void beginAnew() {
    if (stream != null && enabled && !stopped) {
      stream.halt();
      stream.start();
    }
  }

  boolean isRunning() {
    return current != null || (stream != null && stream.isRunning());
  }

  /** Whether there is a run to be let finish before another item takes this one's place. */
  boolean finishesBefore(Assignment next) {
    return current != null && assignment.isOfSameRepository(next);
  }

  /** Done once what runs now has ended, whatever came of it. */
  Future<?> free() {
    return current == null ? Future.succeededFuture() : current;
  }

  /** How long what runs now may still take; 0 where nobody knows. */
  long secondsUntilFree() {
    if (current == null || currentEndNanos == null || isQueued()) {
      return 0;
    }
    return Math.max(0, currentEndNanos - System.nanoTime()) / 1_000_000_000 + 1;
  }

  /** It is a Java plugin that isn't called any more. */
  boolean hangs() {
    return health.hanging();
  }

  /** Whether it is due, and waits for others that run. */
  boolean isQueued() {
    return current != null && source != null && source.isQueued();
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
      say(owner.notOpened(assignment, health.problem()));
      return;
    }
    if (!health.mayRun()) {
      // fewer runs, but no fewer alarms: what watches for them may ask for several in a time
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
                remembered("regular", () -> from.collect(due))
                    .compose(collected -> delivered(collected, collected)),
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
      // what it throws is a failure like any other
      Future.succeededFuture()
          .compose(unused -> owner.deliver(assignment, alarm))
          .onFailure(e -> health.failed(String.valueOf(e.getMessage()), ""));
    }
  }

  /** A Java plugin's run, of which nothing else tells how it went. */
  Future<Collected> remembered(String type, Supplier<Future<Collected>> run) {
    return assignment instanceof Assignment.JavaPlugin
        ? JavaRun.remembered(type, run, told -> owner.ran(assignment, told))
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

  /** A run failed that somebody asked for: it doesn't count for the breaker. */
  void failedByHand(Throwable cause) {
    String reason = String.valueOf(cause.getMessage() == null ? cause : cause.getMessage());
    if (cause instanceof HangingException) {
      health.hangs(reason);
      ticks.end();
    } else {
      health.failed(reason, "");
    }
  }

  /** A stream gave something. */
  Future<Void> streamGave(List<Batch> batches) {
    return owner.deliver(assignment, batches);
  }

  /** A stream has run well for a while. */
  void streamRanWell(String commit) {
    owner.ranWell(assignment, commit);
    health.good();
  }

  /** A stream ended, or was halted. */
  Future<Void> streamEnded(Collected collected) {
    PluginRun run = collected.run();
    if (run != null) {
      health.ran(run.duration().toMillis());
    }
    Future<Void> delivered = delivered(collected, collected).mapEmpty();
    if (isWanted(collected)) {
      endedWhenDue(collected);
    }
    return delivered;
  }

  /** Delivers what a run gave; then the run is at its end. */
  <T> Future<T> delivered(Collected collected, T result) {
    return isWanted(collected)
        ? owner.deliver(assignment, collected.batches()).map(result)
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
      owner.ran(assignment, run);
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
   * Runs something that must not overlap with a tick. Only to be called when {@link #isRunning} is
   * false and there is a {@link #source}.
   *
   * @param longest how long it may take
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
    // what the action throws is a failure like any other
    Future.succeededFuture().compose(unused -> action.apply(opened)).onComplete(ended);
    return ended
        .future()
        .onComplete(
            unused -> {
              current = null;
              health.ran((System.nanoTime() - start) / 1_000_000);
            });
  }

  /** Ticks no more; ends what runs, and then closes the source. */
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
        // a stream's end comes in its own thread, and what follows it is for the event loop
        .onComplete(result -> loop.run(() -> ended.handle(result)));
    return ended.future();
  }
}
