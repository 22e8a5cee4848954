package io.loda.agent.source;

/**
 * A Java plugin returned neither in time nor when it was interrupted. Its thread is left behind,
 * and it isn't called again.
 */
public final class HangingException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  HangingException(String message) {
    super(message);
  }
}
