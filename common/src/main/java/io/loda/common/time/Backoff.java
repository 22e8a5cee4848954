package io.loda.common.time;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongUnaryOperator;

/**
 * The pause before a retry, doubled after each failure in a row.
 *
 * @param pause after the next failure
 * @param first after the first failure
 * @param most the longest pause
 */
public record Backoff(Duration pause, Duration first, Duration most) {

  /** Creates a back-off without failures. */
  public static Backoff of(Duration first, Duration most) {
    return new Backoff(first, first, most);
  }

  /** Returns the back-off after another failure. */
  public Backoff longer() {
    return new Backoff(min(pause.multipliedBy(2), most), first, most);
  }

  /** Returns the back-off after a success. */
  public Backoff anew() {
    return of(first, most);
  }

  /** Returns the same with a bounded pause; later pauses may be longer. */
  public Backoff within(Duration longest) {
    return new Backoff(min(pause, longest), first, most);
  }

  /**
   * Returns the pause in ms, shortened at random by up to a third, so that a fleet doesn't retry in
   * step.
   */
  public long spreadMillis() {
    return spreadMillis(ThreadLocalRandom.current()::nextLong);
  }

  /**
   * Like its overload.
   *
   * @param random returns a number from 0 to below its argument
   */
  long spreadMillis(LongUnaryOperator random) {
    long millis = pause.toMillis();
    return millis - random.applyAsLong(millis / 3 + 1);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
