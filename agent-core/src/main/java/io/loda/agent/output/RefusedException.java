package io.loda.agent.output;

/**
 * The server will never accept this message: the publisher counts it and continues with the next.
 */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public RefusedException(String message) {
    super(message);
  }
}
