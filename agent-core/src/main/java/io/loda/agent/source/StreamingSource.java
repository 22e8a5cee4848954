package io.loda.agent.source;

import io.vertx.core.Future;
import java.util.List;

/**
 * A source that gives metrics by itself rather than on request. Started and halted from one event
 * loop, which it never blocks.
 */
public interface StreamingSource extends MetricSource {

  /**
   * Takes a stream's metrics. Called from the stream's own thread, one call after the other; the
   * stream reads on when the future completes, so that a flood waits in its pipe and not in memory.
   */
  interface Listener {

    /** Takes metrics as they come. */
    Future<Void> given(List<Batch> batches);

    /**
     * It has run well for a while.
     *
     * @param commit of the checkout that it runs in; empty for a plugin in a folder
     */
    Future<Void> well(String commit);

    /** It ended; it is restarted unless it was halted. */
    Future<Void> ended(Collected run);
  }

  /** Starts it, and restarts it whenever it ends; does nothing if it is started. */
  void start(Listener listener);

  /** Ends it with all its processes; idempotent. It may be started again. */
  Future<Void> halt();

  /** Returns whether there is a process now. */
  boolean isRunning();

  /** Returns nothing: it can't be asked. */
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
