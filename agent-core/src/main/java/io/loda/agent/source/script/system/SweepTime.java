package io.loda.agent.source.script.system;

import java.util.concurrent.TimeUnit;

/**
 * The time for ending processes: 2 s since their number last fell, as a busy machine takes long for
 * many, and 10 s in all. One thread.
 */
public final class SweepTime {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final long start = System.nanoTime();
  private long progress = start;
  private int fewest = Integer.MAX_VALUE;

  /**
   * Returns whether the time is up.
   *
   * @param left how many processes are left
   */
  public boolean isUp(int left) {
    long now = System.nanoTime();
    if (left < fewest) {
      fewest = left;
      progress = now;
    }
    return now - progress > PATIENCE_NANOS || now - start > MOST_NANOS;
  }
}
