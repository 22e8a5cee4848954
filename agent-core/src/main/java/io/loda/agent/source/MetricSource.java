package io.loda.agent.source;

import io.vertx.core.Future;

/**
 * An assigned plugin or probe that can be asked. Knows nothing of what becomes of its metrics.
 * Called from one event loop, never twice at once; never blocks it.
 */
public interface MetricSource {

  /**
   * Measures once.
   *
   * @return what there is to send, possibly nothing; fails with a message that says what went wrong
   */
  Future<Collected> collect();

  /**
   * Measures once.
   *
   * @param dueNanos when it was due, by {@link System#nanoTime}
   */
  default Future<Collected> collect(long dueNanos) {
    return collect();
  }

  /** Whether what was asked for last waits for others, and hasn't begun. */
  default boolean isQueued() {
    return false;
  }

  /** Is told of a tick that was left out because the last run still goes on. */
  default void skipped() {}

  /**
   * Ends what runs, as soon as it can be done; what it gives then is of no use. To be followed by
   * {@link #close}. Where nothing can be ended, it isn't.
   */
  default void cancel() {}

  /** Ends what runs, and gives back what was taken; idempotent. */
  Future<Void> close();
}
