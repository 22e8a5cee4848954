package io.loda.agent.http;

/** The call is wrong: the message names the parameter, what was expected and what was found. */
final class BadCall extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;

  BadCall(String message) {
    this(400, message);
  }

  BadCall(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
