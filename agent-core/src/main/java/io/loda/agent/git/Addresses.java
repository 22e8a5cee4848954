package io.loda.agent.git;

import java.util.regex.Pattern;

/** Addresses as they may be shown. */
final class Addresses {

  private static final Pattern USER_INFO = Pattern.compile("(?<=://)[^/@\\s]+:[^/@\\s]*@");

  private Addresses() {}

  /** The address without a password in it. */
  static String withoutSecrets(String address) {
    return USER_INFO.matcher(address).replaceAll("***@");
  }
}
