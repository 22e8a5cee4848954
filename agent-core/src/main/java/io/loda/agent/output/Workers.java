package io.loda.agent.output;

import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.TimeUnit;

/** A worker thread for one output, so that one that hangs holds up no other. */
final class Workers {

  /** Longer than nsq-j's longest wait: the checker is to find blocked loops, not slow servers. */
  private static final long MAX_EXECUTE_MINUTES = 5;

  private Workers() {}

  static WorkerExecutor create(Vertx vertx, String name) {
    return vertx.createSharedWorkerExecutor(name, 1, MAX_EXECUTE_MINUTES, TimeUnit.MINUTES);
  }
}
