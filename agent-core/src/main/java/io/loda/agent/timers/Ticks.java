package io.loda.agent.timers;

import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Ticks once an interval, even when one job replaces another. On the scheduler's event loop. */
public final class Ticks {

  private final Timers timers;
  private final Duration interval;
  private final Supplier<Duration> splay;
  private final LongConsumer tick;

  private Timers.@Nullable Timer timer;

  /** The time of the next tick, by the timers' clock; null: not known yet. */
  private @Nullable Long nextNanos;

  /**
   * Makes ticks that haven't begun.
   *
   * @param splay returns the delay of the first tick, if it replaces no other ticks
   * @param tick gets the time at which the tick was due, which may be a while ago
   */
  public Ticks(Timers timers, Duration interval, Supplier<Duration> splay, LongConsumer tick) {
    this.timers = timers;
    this.interval = interval;
    this.splay = splay;
    this.tick = tick;
  }

  /** Takes over the next tick of those that it replaces; call before {@link #begin}. */
  public void inTheRhythmOf(Ticks before) {
    nextNanos = before.nextNanos;
  }

  /** Begins, unless it has begun. An overdue tick comes at once, and the rhythm stays the same. */
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
    // the event loop may have been blocked
    long now = timers.nanos();
    long due = nextNanos == null ? now : Math.min(nextNanos, now);
    nextNanos = due + interval.toNanos();
    tick.accept(due);
  }

  public Duration untilNext() {
    long left = nextNanos == null ? 0 : nextNanos - timers.nanos();
    return Duration.ofNanos(Math.max(0, left));
  }

  /** Stops the ticks; idempotent. */
  public void end() {
    if (timer != null) {
      timer.cancel();
    }
  }
}
