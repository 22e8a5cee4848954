package io.loda.agent.schedule;

import java.time.Duration;

/**
 * The circuit breaker of a plugin. After a number of failures in a row the plugin runs only every 2
 * intervals, then every 4, 8 and at last 10, but at least once an hour. One good run closes it. On
 * the scheduler's event loop.
 *
 * <p>It counts in intervals because a failing plugin costs a process, and often its time-out, at
 * each run. A failed probe costs nothing, so a probe has no breaker. A failed run by hand doesn't
 * count, as it may have had other parameters or less time; a good one proves that the plugin works,
 * so it does.
 */
final class Breaker {

  private static final int MOST_INTERVALS = 10;
  private static final Duration LONGEST = Duration.ofHours(1);

  private final int threshold;
  private final int mostIntervals;
  private int failures;
  private int leftOut;

  /**
   * A closed breaker.
   *
   * @param threshold failures in a row that open it; 0: it never opens
   * @param interval of the plugin
   */
  Breaker(int threshold, Duration interval) {
    this.threshold = threshold;
    long inAnHour = interval.isZero() ? 0 : LONGEST.dividedBy(interval);
    this.mostIntervals = (int) Math.max(1, Math.min(MOST_INTERVALS, inAnHour));
  }

  static Breaker never() {
    return new Breaker(0, Duration.ZERO);
  }

  /** Returns whether to run at this tick; must be called once for each tick. */
  boolean lets() {
    if (leftOut == 0) {
      return true;
    }
    leftOut--;
    return false;
  }

  /** Counts a failed scheduled run; returns whether that opened it. */
  boolean failed() {
    boolean before = open();
    failures++;
    if (open()) {
      // more doublings would exceed the longest pause anyway
      int doublings = Math.min(failures - threshold + 1, 4);
      leftOut = Math.min(1 << doublings, mostIntervals) - 1;
    }
    return open() && !before;
  }

  /** Closes it; returns whether it was open. */
  boolean close() {
    boolean before = open();
    failures = 0;
    leftOut = 0;
    return before;
  }

  boolean open() {
    return threshold > 0 && failures >= threshold && mostIntervals > 1;
  }

  /** Failures in a row. */
  int failures() {
    return failures;
  }

  /** How many of the next ticks are skipped. */
  int leftOut() {
    return leftOut;
  }

  int mostIntervals() {
    return mostIntervals;
  }
}
