package io.loda.agent.timers;

import io.loda.common.time.Backoff;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Retries an action that failed, with a back-off that doubles up to ten minutes. On the scheduler's
 * event loop.
 */
public final class Retries {

  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final Timers timers;
  private final Runnable action;
  private Backoff backoff;
  private Timers.@Nullable Timer timer;
  private boolean stopped;

  /**
   * Makes one without a retry that is due.
   *
   * @param first the back-off after the first failure
   */
  public Retries(Timers timers, Duration first, Runnable action) {
    this.timers = timers;
    this.backoff = Backoff.of(first, LONGEST);
    this.action = action;
  }

  /** Returns the back-off after the next failure. */
  public Duration after() {
    return backoff.pause();
  }

  /** Notes a failure: retries after the back-off. */
  public void later() {
    if (stopped) {
      return;
    }
    timer = timers.once(backoff.pause(), this::go);
    backoff = backoff.longer();
  }

  /** Retries at once, if it is backing off: something has changed. */
  public void now() {
    if (timer != null) {
      timer.cancel();
      go();
    }
  }

  private void go() {
    timer = null;
    action.run();
  }

  /** Stops retrying. */
  public void stop() {
    stopped = true;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
