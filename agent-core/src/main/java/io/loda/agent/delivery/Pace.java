package io.loda.agent.delivery;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How fast what waited on disk is sent: so many bytes a second, and no more than that at once. */
final class Pace {

  private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

  private final long bytesPerSecond;
  private final LongSupplier nanoTime;
  private long freeAtNanos;

  /**
   * A pace.
   *
   * @param bytesPerSecond 0: unlimited
   */
  Pace(long bytesPerSecond, LongSupplier nanoTime) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanoTime = nanoTime;
    this.freeAtNanos = nanoTime.getAsLong();
  }

  /** How many ms the next has to wait for those before it. */
  long waitMillis() {
    return Math.max(0, TimeUnit.NANOSECONDS.toMillis(freeAtNanos - nanoTime.getAsLong()));
  }

  void sent(long bytes) {
    if (bytesPerSecond > 0) {
      long now = nanoTime.getAsLong();
      long from = freeAtNanos - now > 0 ? freeAtNanos : now;
      freeAtNanos = from + (long) (bytes * SECOND / bytesPerSecond);
    }
  }
}
