package io.loda.agent.git;

import java.util.regex.Pattern;

/** Addresses as they may be shown. */
final class Addresses {

  /** A password, and whoever stands before it: also a name alone, which may be a token. */
  private static final Pattern SECRET =
      Pattern.compile("(?<=://)[^/\\s]*:[^/\\s]*@|(?<=https?://)[^/\\s]*@");

  private Addresses() {}

  /** The address, or a text with addresses in it, without passwords. */
  static String withoutSecrets(String text) {
    return SECRET.matcher(text).replaceAll("***@");
  }
}
