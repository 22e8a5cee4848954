package io.loda.agent.output.nsq;

import java.io.IOException;
import java.util.Set;

/** An error frame; nsqd closes the connection after each that it sends to a publisher. */
final class NsqError extends IOException {

  private static final long serialVersionUID = 1L;

  /** What concerns the message alone: nsqd would say the same again. */
  private static final Set<String> REFUSALS = Set.of("E_BAD_TOPIC", "E_BAD_MESSAGE", "E_INVALID");

  NsqError(String words) {
    super(words);
  }

  String words() {
    return String.valueOf(getMessage());
  }

  /**
   * Without TLS nsqd answers any command with E_INVALID, if it wants TLS: not the message's fault.
   */
  boolean wantsTls() {
    return words().contains("TLS required");
  }

  boolean refusesMessage() {
    return REFUSALS.contains(words().split(" ", 2)[0]) && !wantsTls();
  }
}
