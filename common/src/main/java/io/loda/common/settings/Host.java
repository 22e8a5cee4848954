package io.loda.common.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/** What can be a host: a name, or an address of IPv4 or IPv6. Nobody is asked whether it exists. */
final class Host {

  private static final int LONGEST_NAME = 253;

  /** As DNS has it, with the underscore that containers' names have. */
  private static final Pattern LABEL =
      Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?");

  private static final Pattern BYTE = Pattern.compile("25[0-5]|2[0-4][0-9]|1?[0-9]{1,2}");

  private Host() {}

  static boolean canBe(String host) {
    if (host.contains(":")) {
      return isV6(host);
    }
    String[] labels = host.replaceFirst("(?<=.)\\.$", "").split("\\.", -1);
    // no name ends in a number: an address does
    return labels[labels.length - 1].matches("[0-9]+")
        ? labels.length == 4 && Arrays.stream(labels).allMatch(BYTE.asMatchPredicate())
        : host.length() <= LONGEST_NAME && Arrays.stream(labels).allMatch(LABEL.asMatchPredicate());
  }

  private static boolean isV6(String host) {
    try {
      // in brackets it is never looked up as a name
      InetAddress unused = InetAddress.getByName('[' + host + ']');
      return true;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
