package io.loda.agent.schedule.time;

import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** When a job is due: once an interval, whatever takes its place. On the scheduler's event loop. */
public final class Ticks {

  private final Timers timers;
  private final Duration interval;
  private final Supplier<Duration> splay;
  private final LongConsumer tick;

  private Timers.@Nullable Timer timer;

  /** By the timers' clock; null: nothing has said yet when it is due. */
  private @Nullable Long nextNanos;

  /**
   * Not begun yet.
   *
   * @param splay how long until it is due first, where it takes no other's place
   * @param tick is told when it was due, which may be a while ago
   */
  public Ticks(Timers timers, Duration interval, Supplier<Duration> splay, LongConsumer tick) {
    this.timers = timers;
    this.interval = interval;
    this.splay = splay;
    this.tick = tick;
  }

  /** Before they begin: it is due first when the one was due next whose place it takes. */
  public void inTheRhythmOf(Ticks before) {
    nextNanos = before.nextNanos;
  }

  /**
   * Begins, unless it has. What was due before is due at once, and the rhythm stays what it was.
   */
  public void begin() {
    if (timer != null) {
      return;
    }
    long now = timers.nanos();
    long period = interval.toNanos();
    long first =
        nextNanos == null ? now + splay.get().toNanos() : Math.min(nextNanos, now + period);
    if (first > now) {
      nextNanos = first;
      timer = timers.every(Duration.ofNanos(first - now), interval, this::tick);
      return;
    }
    long last = now - (now - first) % period;
    nextNanos = last;
    Timers.Timer missed = timers.once(Duration.ZERO, this::tick);
    Timers.Timer next = timers.every(Duration.ofNanos(last + period - now), interval, this::tick);
    timer =
        () -> {
          missed.cancel();
          next.cancel();
        };
  }

  private void tick() {
    // the loop may have been held up
    long now = timers.nanos();
    long due = nextNanos == null ? now : Math.min(nextNanos, now);
    nextNanos = due + interval.toNanos();
    tick.accept(due);
  }

  public Duration untilNext() {
    long left = nextNanos == null ? 0 : nextNanos - timers.nanos();
    return Duration.ofNanos(Math.max(0, left));
  }

  /** It isn't due any more; idempotent. */
  public void end() {
    if (timer != null) {
      timer.cancel();
    }
  }
}
