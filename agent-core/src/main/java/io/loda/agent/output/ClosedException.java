package io.loda.agent.output;

import java.io.IOException;

/**
 * The server closed the connection on what it was sent, and said nothing of it: it may have ended,
 * or it can't bear the message.
 */
public final class ClosedException extends IOException {

  private static final long serialVersionUID = 1L;

  public ClosedException(String message) {
    super(message);
  }
}
