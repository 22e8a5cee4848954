package io.loda.server.store.postgres;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Until when a call may take.
 *
 * @param nanos as of {@link System#nanoTime}
 */
record Deadline(long nanos) {

  static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /** What is left, in ms; not below 0. */
  long leftMillis() {
    return Math.max(0, TimeUnit.NANOSECONDS.toMillis(nanos - System.nanoTime()));
  }

  boolean isOver() {
    return nanos - System.nanoTime() <= 0;
  }

  /** For one statement; at least one second, which is the least that JDBC knows. */
  int statementSeconds() {
    return Math.max(1, (int) (leftMillis() / 1000));
  }
}
