package io.loda.agent.timers;

import io.vertx.core.Vertx;
import java.time.Duration;

/** Runs actions later. Called on an event loop, and runs the actions there. */
public interface Timers {

  /** Runs the action once. */
  Timer once(Duration after, Runnable action);

  /** Runs the action each period, until it is cancelled. */
  Timer every(Duration first, Duration period, Runnable action);

  /** Returns the time, like {@link System#nanoTime}. */
  long nanos();

  /** A timer that was set. */
  interface Timer {

    /** Cancels the timer; idempotent. */
    void cancel();
  }

  /** Returns the timers of Vert.x. */
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

      /** Vert.x refuses less than one millisecond. */
      private static long millis(Duration duration) {
        return Math.max(1, duration.toMillis());
      }
    };
  }
}
