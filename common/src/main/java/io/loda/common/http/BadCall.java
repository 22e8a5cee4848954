package io.loda.common.http;

/**
 * The call isn't taken, mostly as it is wrong: the message names the parameter, what was expected
 * and what was found.
 */
public final class BadCall extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final int retryAfterSeconds;

  public BadCall(String message) {
    this(400, message);
  }

  public BadCall(int status, String message) {
    this(status, message, 0);
  }

  private BadCall(int status, String message, int retryAfterSeconds) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** There is nothing wrong with the call, but it can't be taken now. */
  public static BadCall later(String message, int retryAfterSeconds) {
    return new BadCall(503, message, retryAfterSeconds);
  }

  /** After how many seconds it is worth another try; 0: it isn't. */
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }

  public int status() {
    return status;
  }
}
