package io.loda.agent.output;

/** This message will never be taken: count it, and go on with the next. */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public RefusedException(String message) {
    super(message);
  }
}
