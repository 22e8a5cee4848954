package io.loda.agent.source;

/**
 * A Java plugin returned neither before its time-out nor after an interrupt. Its thread is left
 * behind, and the plugin isn't called again.
 */
public final class HangingException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  HangingException(String message) {
    super(message);
  }
}
