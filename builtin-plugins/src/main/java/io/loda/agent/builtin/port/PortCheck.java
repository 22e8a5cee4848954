package io.loda.agent.builtin.port;

import java.util.concurrent.CompletableFuture;

/** One way to ask a port whether it is open. Thread-safe. */
interface PortCheck {

  /**
   * Begins to ask. Doesn't block.
   *
   * @return the answer within the check's time-out; fails only when it couldn't be asked at all, as
   *     without free descriptors: that says nothing about the port
   */
  CompletableFuture<PortResult> start();
}
