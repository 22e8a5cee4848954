package io.loda.common.http;

/**
 * The call is refused, mostly because it is wrong: the message names the parameter, what was
 * expected and what was found.
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

  /** Refuses a call that isn't wrong but can't be handled now. */
  public static BadCall later(String message, int retryAfterSeconds) {
    return new BadCall(503, message, retryAfterSeconds);
  }

  /** The seconds after which a retry is worth it; 0: never. */
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }

  public int status() {
    return status;
  }
}
