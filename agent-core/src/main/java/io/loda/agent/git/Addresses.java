package io.loda.agent.git;

import io.loda.agent.assignment.GitAddress;

/** Addresses as they may be shown. */
final class Addresses {

  private Addresses() {}

  /** The address, or a text with addresses in it, without passwords. */
  static String withoutSecrets(String text) {
    return GitAddress.withoutSecrets(text);
  }
}
