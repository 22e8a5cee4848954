package io.loda.common.time;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Holds to so many bytes a second: each has to wait until those before it are paid for. */
public final class Pace {

  private final long bytesPerSecond;
  private final long savedUpNanos;
  private final LongSupplier nanoTime;
  private long paidAtNanos;

  /**
   * Nothing is owed yet.
   *
   * @param bytesPerSecond 0: unlimited
   * @param savedUp how much of the time before may be made up for
   */
  public Pace(long bytesPerSecond, Duration savedUp, LongSupplier nanoTime) {
    this.bytesPerSecond = bytesPerSecond;
    this.savedUpNanos = savedUp.toNanos();
    this.nanoTime = nanoTime;
    this.paidAtNanos = nanoTime.getAsLong();
  }

  /** How long the next has to wait for those before it. */
  public long waitNanos() {
    return Math.max(0, paidAtNanos - nanoTime.getAsLong());
  }

  /** So many went. */
  public void add(long bytes) {
    if (bytesPerSecond > 0) {
      long earliest = nanoTime.getAsLong() - savedUpNanos;
      long from = paidAtNanos - earliest > 0 ? paidAtNanos : earliest;
      paidAtNanos = from + bytes * SECONDS.toNanos(1) / bytesPerSecond;
    }
  }
}
