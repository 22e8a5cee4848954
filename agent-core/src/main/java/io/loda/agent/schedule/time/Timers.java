package io.loda.agent.schedule.time;

import io.vertx.core.Vertx;
import java.time.Duration;

/** What is to be done later. Called on an event loop, and calls back there. */
public interface Timers {

  /** Does it once. */
  Timer once(Duration after, Runnable action);

  /** Does it again and again until it is cancelled. */
  Timer every(Duration first, Duration period, Runnable action);

  /** What time it is, as {@link System#nanoTime} counts. */
  long nanos();

  /** One that was set. */
  interface Timer {

    /** Nothing happens any more; idempotent. */
    void cancel();
  }

  /** Those of Vert.x. */
  static Timers of(Vertx vertx) {
    return new Timers() {
      @Override
      public Timer once(Duration after, Runnable action) {
        return cancelling(vertx.setTimer(millis(after), unused -> action.run()));
      }

      @Override
      public Timer every(Duration first, Duration period, Runnable action) {
        return cancelling(
            vertx.setPeriodic(millis(first), period.toMillis(), unused -> action.run()));
      }

      @Override
      public long nanos() {
        return System.nanoTime();
      }

      private Timer cancelling(long id) {
        return () -> vertx.cancelTimer(id);
      }

      /** Vert.x takes no less than one. */
      private static long millis(Duration duration) {
        return Math.max(1, duration.toMillis());
      }
    };
  }
}
