package io.loda.agent.schedule.time;

import io.loda.common.time.Backoff;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When what failed is tried again: each time twice as long after it, ten minutes at the most. On
 * the scheduler's event loop.
 */
public final class Retries {

  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final Timers timers;
  private final Runnable action;
  private Backoff backoff;
  private Timers.@Nullable Timer timer;
  private boolean stopped;

  /**
   * None is due yet.
   *
   * @param first how long after the first failure
   */
  public Retries(Timers timers, Duration first, Runnable action) {
    this.timers = timers;
    this.backoff = Backoff.of(first, LONGEST);
    this.action = action;
  }

  /** How long after the next failure it is tried again. */
  public Duration after() {
    return backoff.pause();
  }

  /** It failed. */
  public void later() {
    if (stopped) {
      return;
    }
    timer = timers.once(backoff.pause(), this::go);
    backoff = backoff.longer();
  }

  /** Something has changed: where it waits to be tried again, that is now. */
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

  /** It is tried no more. */
  public void stop() {
    stopped = true;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
