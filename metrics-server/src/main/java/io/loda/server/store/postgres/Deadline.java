package io.loda.server.store.postgres;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * * The deadline of a call.
 *
 * @param nanos as of {@link System#nanoTime}
 */
record Deadline(long nanos) {

  static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /** Returns the time left in ms, at least 0. */
  long leftMillis() {
    return Math.max(0, TimeUnit.NANOSECONDS.toMillis(nanos - System.nanoTime()));
  }

  boolean isOver() {
    return nanos - System.nanoTime() <= 0;
  }

  /** Returns the time-out for a statement: the time left, but at least 1 s, the least of JDBC. */
  int statementSeconds() {
    return Math.max(1, (int) (leftMillis() / 1000));
  }
}
