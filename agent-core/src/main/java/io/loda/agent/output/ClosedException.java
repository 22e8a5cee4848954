package io.loda.agent.output;

import java.io.IOException;

/**
 * The server closed the connection on a message without an error: it may have been stopped, or
 * can't process the message.
 */
public final class ClosedException extends IOException {

  private static final long serialVersionUID = 1L;

  public ClosedException(String message) {
    super(message);
  }
}
