package io.loda.agent.source;

import io.vertx.core.Future;

/**
 * An assigned plugin or probe that collects on request. Called from one event loop, which it never
 * blocks, and never twice at once.
 */
public interface MetricSource {

  /**
   * Measures once.
   *
   * @return what to send, possibly nothing; fails with a message that tells what went wrong
   */
  Future<Collected> collect();

  /**
   * Measures once.
   *
   * @param dueNanos when the measurement was due, by {@link System#nanoTime}
   */
  default Future<Collected> collect(long dueNanos) {
    return collect();
  }

  /** Returns whether the last request is still queued. */
  default boolean isQueued() {
    return false;
  }

  /** Called at a tick that is skipped because the last run hasn't ended. */
  default void skipped() {}

  /** Cancels the current run if possible; its result isn't used. {@link #close} must follow. */
  default void cancel() {}

  /** Ends the current run and releases resources; idempotent. */
  Future<Void> close();
}
