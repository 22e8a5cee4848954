package io.loda.agent.schedule;

import java.time.Duration;

/**
 * Lets a plugin that keeps failing run less and less often: after so many failures in a row in two
 * of its intervals, then in 4, 8 and at last 10, but once an hour at the least. One good run, and
 * it is back at its own interval. On the scheduler's event loop.
 */
final class Breaker {

  private static final int MOST_INTERVALS = 10;
  private static final Duration LONGEST = Duration.ofHours(1);

  private final int threshold;
  private final int mostIntervals;
  private int failures;
  private int leftOut;

  /**
   * A closed one.
   *
   * @param threshold failures in a row that open it; 0: none do
   * @param interval of the plugin
   */
  Breaker(int threshold, Duration interval) {
    this.threshold = threshold;
    long inAnHour = interval.isZero() ? 0 : LONGEST.dividedBy(interval);
    this.mostIntervals = (int) Math.max(1, Math.min(MOST_INTERVALS, inAnHour));
  }

  /** One that never opens. */
  static Breaker never() {
    return new Breaker(0, Duration.ZERO);
  }

  /** Whether this tick is one to run at; each tick asks once. */
  boolean lets() {
    if (leftOut == 0) {
      return true;
    }
    leftOut--;
    return false;
  }

  /** A run that was due has failed; returns whether that opened it. */
  boolean failed() {
    boolean before = open();
    failures++;
    if (open()) {
      // a shift of more than three gives more than the most anyway
      int doublings = Math.min(failures - threshold + 1, 4);
      leftOut = Math.min(1 << doublings, mostIntervals) - 1;
    }
    return open() && !before;
  }

  /** Back to the plugin's own interval; returns whether it was open. */
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

  /** How many of the next ticks are left out. */
  int leftOut() {
    return leftOut;
  }

  int mostIntervals() {
    return mostIntervals;
  }
}
