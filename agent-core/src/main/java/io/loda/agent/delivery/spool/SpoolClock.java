package io.loda.agent.delivery.spool;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The clock of a spool, which decides what is older than {@code delivery.max-age}, in milliseconds.
 * Setting the host's clock doesn't change it. It starts at the host's time, and after a restart
 * continues where the earlier process stopped. The host's uptime measures the time in between;
 * after a reboot the host's clock does, but never more than the uptime, so that a wrong clock drops
 * nothing. One thread.
 */
public final class SpoolClock {

  /** A boot of the host, and its uptime. */
  public record Boot(String id, long uptimeMillis) {}

  /**
   * A time as the cursor saves it.
   *
   * @param millis by this clock
   * @param wallMillis by the host's clock
   */
  record Note(long millis, long wallMillis, long bootId, long uptimeMillis) {}

  private final InstantSource wall;
  private final LongSupplier nanoTime;
  private final Supplier<Boot> boot;
  private long fromMillis;
  private long fromNanos;

  public SpoolClock(InstantSource wall, LongSupplier nanoTime, Supplier<Boot> boot) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.boot = boot;
    goOnAt(wall.millis());
  }

  long millis() {
    return fromMillis + TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - fromNanos);
  }

  /** Returns the spool's time at a {@link System#nanoTime} of this process. */
  long millisAt(long nanos) {
    return millis() - TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - nanos);
  }

  /**
   * Returns the {@link System#nanoTime} of a spool's time; it may be before the process's start.
   */
  long nanosAt(long millis) {
    return nanoTime.getAsLong() - TimeUnit.MILLISECONDS.toNanos(millis() - millis);
  }

  /** Sets the time. */
  void goOnAt(long millis) {
    fromMillis = millis;
    fromNanos = nanoTime.getAsLong();
  }

  /** Continues from the time that an earlier process saved last. */
  void goOn(Note before) {
    Boot now = boot.get();
    long elapsed =
        before.bootId() == now.id().hashCode() && now.uptimeMillis() >= before.uptimeMillis()
            ? now.uptimeMillis() - before.uptimeMillis()
            : Math.min(wall.millis() - before.wallMillis(), now.uptimeMillis());
    goOnAt(before.millis() + Math.max(0, elapsed));
  }

  Note note() {
    Boot now = boot.get();
    return new Note(millis(), wall.millis(), now.id().hashCode(), now.uptimeMillis());
  }
}
