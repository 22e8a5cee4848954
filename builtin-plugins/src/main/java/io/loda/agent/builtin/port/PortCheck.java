package io.loda.agent.builtin.port;

import java.util.concurrent.CompletableFuture;

/** Checks whether a port is open. Thread-safe. */
interface PortCheck {

  /**
   * Starts the check. Doesn't block.
   *
   * @return the answer within the check's time-out; fails only if the check couldn't be made at
   *     all, as without free descriptors, which tells nothing about the port
   */
  CompletableFuture<PortResult> start();
}
