package io.loda.common.time;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongUnaryOperator;

/**
 * How long to wait after a failure before the next try: twice as long after each in a row.
 *
 * @param pause after the next failure
 * @param first after the first failure
 * @param most the longest pause
 */
public record Backoff(Duration pause, Duration first, Duration most) {

  /** Of what hasn't failed yet. */
  public static Backoff of(Duration first, Duration most) {
    return new Backoff(first, first, most);
  }

  /** After one more failure. */
  public Backoff longer() {
    return new Backoff(min(pause.multipliedBy(2), most), first, most);
  }

  /** After a success. */
  public Backoff anew() {
    return of(first, most);
  }

  /** The same, where this pause is no longer than that; the later ones may be. */
  public Backoff within(Duration longest) {
    return new Backoff(min(pause, longest), first, most);
  }

  /** The pause in ms, shortened by up to a third at random, so that a fleet isn't in step. */
  public long spreadMillis() {
    return spreadMillis(ThreadLocalRandom.current()::nextLong);
  }

  /**
   * The same.
   *
   * @param random gives a number from 0 to below its argument
   */
  long spreadMillis(LongUnaryOperator random) {
    long millis = pause.toMillis();
    return millis - random.applyAsLong(millis / 3 + 1);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
