package io.loda.agent.source;

import io.vertx.core.Future;
import java.util.List;

/**
 * A source that gives metrics when it has some, rather than when it is asked. Started and halted
 * from one event loop, which it never blocks.
 */
public interface StreamingSource extends MetricSource {

  /**
   * Where a stream's metrics go. Called from the stream's own thread, one call after the other; it
   * reads on once the future is done, so that a flood waits in its pipe and not in memory.
   */
  interface Listener {

    /** Metrics as they come. */
    Future<Void> given(List<Batch> batches);

    /**
     * It has run well for a while.
     *
     * @param commit of the checkout that it runs in; empty for a plugin in a folder
     */
    Future<Void> well(String commit);

    /** It ended, or was halted, and will be started again unless it was halted. */
    Future<Void> ended(Collected run);
  }

  /** Begins, and begins anew whenever it ends; nothing happens where it goes on already. */
  void start(Listener listener);

  /** Ends it, with all that it started; idempotent. It may be started again. */
  Future<Void> halt();

  /** Whether there is a process now. */
  boolean isRunning();

  /** There is nothing to be asked. */
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
