package io.loda.agent.output;

/** The server will never take this message: count it, and go on with the next. */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public RefusedException(String message) {
    super(message);
  }
}
