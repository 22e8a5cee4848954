package io.loda.agent.source;

import io.vertx.core.Future;

/**
 * An assigned plugin or probe that collects on request. Called from one event loop, never twice at
 * once; never blocks it.
 */
public interface MetricSource {

  /**
   * Measures once.
   *
   * @return what to send, possibly nothing; fails with a message that says what went wrong
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

  /** Returns whether the last request is queued and hasn't begun. */
  default boolean isQueued() {
    return false;
  }

  /** Called at a tick that is skipped as the last run still goes on. */
  default void skipped() {}

  /** Cancels the current run if it can be; its result isn't used. {@link #close} must follow. */
  default void cancel() {}

  /** Ends the current run and releases resources; idempotent. */
  Future<Void> close();
}
