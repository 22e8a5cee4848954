package io.loda.common.time;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Limits a rate to some bytes a second: each send waits until those before it are paid for. */
public final class Pace {

  private final long bytesPerSecond;
  private final long savedUpNanos;
  private final LongSupplier nanoTime;
  private long paidAtNanos;

  /**
   * Creates a pace without debts.
   *
   * @param bytesPerSecond 0: unlimited
   * @param savedUp how much unused time may be made up for
   */
  public Pace(long bytesPerSecond, Duration savedUp, LongSupplier nanoTime) {
    this.bytesPerSecond = bytesPerSecond;
    this.savedUpNanos = savedUp.toNanos();
    this.nanoTime = nanoTime;
    this.paidAtNanos = nanoTime.getAsLong();
  }

  /** Returns how long the next send has to wait. */
  public long waitNanos() {
    return Math.max(0, paidAtNanos - nanoTime.getAsLong());
  }

  /** Adds sent bytes. */
  public void add(long bytes) {
    if (bytesPerSecond > 0) {
      long earliest = nanoTime.getAsLong() - savedUpNanos;
      long from = paidAtNanos - earliest > 0 ? paidAtNanos : earliest;
      paidAtNanos = from + bytes * SECONDS.toNanos(1) / bytesPerSecond;
    }
  }
}
