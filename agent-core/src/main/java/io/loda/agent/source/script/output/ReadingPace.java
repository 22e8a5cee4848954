package io.loda.agent.source.script.output;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Holds who reads to so many bytes a second, by letting him sleep. One thread. */
final class ReadingPace {

  /** What wasn't read in the last moment may be read now. */
  private static final long SAVED_UP = TimeUnit.MILLISECONDS.toNanos(100);

  /** An end that somebody wants is noticed after that. */
  private static final long LONGEST_NAP = TimeUnit.SECONDS.toNanos(1);

  private final long bytesPerSecond;
  private final LongSupplier nanoTime;
  private long paidUntil;

  ReadingPace(long bytesPerSecond, LongSupplier nanoTime) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanoTime = nanoTime;
    this.paidUntil = nanoTime.getAsLong();
  }

  /** Takes as much time as so many bytes may take. */
  void read(long bytes) throws InterruptedException {
    long now = nanoTime.getAsLong();
    owe(bytes);
    if (paidUntil > now) {
      TimeUnit.NANOSECONDS.sleep(Math.min(paidUntil - now, LONGEST_NAP));
    }
  }

  /** Takes note of so many bytes, without sleeping. */
  void owe(long bytes) {
    long from = Math.max(paidUntil, nanoTime.getAsLong() - SAVED_UP);
    paidUntil = from + bytes * 1_000_000_000L / bytesPerSecond;
  }

  /** Whether all that was read is paid for. */
  boolean isPaid() {
    return paidUntil - nanoTime.getAsLong() <= 0;
  }
}
