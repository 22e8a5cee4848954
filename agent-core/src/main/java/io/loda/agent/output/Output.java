package io.loda.agent.output;

import io.loda.agent.point.Message;
import io.vertx.core.Future;

/**
 * A destination of messages.
 *
 * <p>Called from one event loop, which it never blocks, with at most {@link #maxInFlight} messages
 * in flight.
 */
public interface Output {

  /** Starts the output. Doesn't wait for its server, which may be down. */
  Future<Void> start();

  /**
   * Sends one message.
   *
   * @return succeeds when the other side acknowledged it; fails with {@link RefusedException} when
   *     it will never accept the message, and with any other error when the same bytes must be
   *     retried
   */
  Future<Void> send(Message message);

  /** Returns the largest body to pass to {@link #send}, in bytes. Called from any thread. */
  long maxMessageBytes();

  /** Returns the most messages that may be in flight at once. */
  default int maxInFlight() {
    return 1;
  }

  /** Closes the output; idempotent, takes at most a second. */
  Future<Void> close();
}
