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

  /** Starts. Doesn't wait for its server, which may be down. */
  Future<Void> start();

  /**
   * Sends one message.
   *
   * @return succeeds when the other side acknowledged it; fails with {@link RefusedException} when
   *     it will never take the message, with anything else when the same bytes are to be retried
   */
  Future<Void> send(Message message);

  /** The largest body to give to {@link #send}, in bytes. Called from any thread. */
  long maxMessageBytes();

  /** The most messages that may be in flight at once. */
  default int maxInFlight() {
    return 1;
  }

  /** Closes; idempotent, takes at most a second. */
  Future<Void> close();
}
