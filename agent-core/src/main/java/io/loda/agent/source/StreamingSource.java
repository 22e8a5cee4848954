package io.loda.agent.source;

import io.vertx.core.Future;
import java.util.List;

/**
 * A source that sends metrics continuously instead of on request. One event loop starts and halts
 * it; it never blocks that loop.
 */
public interface StreamingSource extends MetricSource {

  /**
   * Takes a stream's metrics. Called from the stream's own thread, one call after the other. The
   * stream reads on when the future completes, so that a flood stays in the plugin's pipe and
   * doesn't fill the memory.
   */
  interface StreamListener {

    /** Takes metrics when they arrive. */
    Future<Void> given(List<Batch> batches);

    /**
     * Notes that the stream has run well for a while.
     *
     * @param commit of the checkout that it runs in; empty for a plugin in a folder
     */
    Future<Void> well(String commit);

    /** Notes that the stream ended; it is restarted unless it was halted. */
    Future<Void> ended(Collected run);
  }

  /** Starts the stream, and restarts it whenever it ends; does nothing if it is started. */
  void start(StreamListener listener);

  /** Ends the stream with all its processes; idempotent. It may be started again. */
  Future<Void> halt();

  /** Returns whether a process runs now. */
  boolean isRunning();

  /** Returns no metrics: a stream can't be requested. */
  @Override
  default Future<Collected> collect() {
    return Future.succeededFuture(new Collected(List.of(), "", ""));
  }

  @Override
  default void cancel() {
    halt();
  }

  @Override
  default Future<Void> close() {
    return halt();
  }
}
