package io.loda.agent.output;

import io.loda.agent.point.Message;
import io.vertx.core.Future;

/**
 * Where messages go.
 *
 * <p>Called from one event loop, with at most {@link #maxInFlight} messages that aren't answered
 * yet; never blocks it.
 */
public interface Output {

  /** Prepares. Doesn't need its server to be there, and doesn't wait for it. */
  Future<Void> start();

  /**
   * Sends one message.
   *
   * @return succeeds when the other side has it; fails with {@link RefusedException} when it will
   *     never take it, with anything else when it should be tried again, with the same bytes
   */
  Future<Void> send(Message message);

  /** The largest body to give to {@link #send}, in bytes. Called from any thread. */
  long maxMessageBytes();

  /** How many messages it takes before the first of them is answered. */
  default int maxInFlight() {
    return 1;
  }

  /** Closes; idempotent, takes at most a second. */
  Future<Void> close();
}
