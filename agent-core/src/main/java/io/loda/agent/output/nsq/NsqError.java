package io.loda.agent.output.nsq;

import java.io.IOException;
import java.util.Set;

/** An error of nsqd, which then closes the connection. */
final class NsqError extends IOException {

  private static final long serialVersionUID = 1L;

  /** Errors about the message: nsqd would answer the same to a retry. */
  private static final Set<String> REFUSALS = Set.of("E_BAD_TOPIC", "E_BAD_MESSAGE", "E_INVALID");

  NsqError(String words) {
    super(words);
  }

  String words() {
    return String.valueOf(getMessage());
  }

  /**
   * Returns whether the server requires TLS: then it answers any command with E_INVALID, whatever
   * the message.
   */
  boolean wantsTls() {
    return words().contains("TLS required");
  }

  boolean refusesMessage() {
    return REFUSALS.contains(words().split(" ", 2)[0]) && !wantsTls();
  }
}
