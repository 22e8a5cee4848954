package io.loda.common.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Checks whether a text is a valid host: a name, or an IPv4 or IPv6 address. Doesn't look it up.
 */
final class Host {

  private static final int LONGEST_NAME = 253;

  /** A label of a DNS name; also with an underscore, as names of containers have. */
  private static final Pattern LABEL =
      Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?");

  private static final Pattern BYTE = Pattern.compile("25[0-5]|2[0-4][0-9]|1?[0-9]{1,2}");

  private Host() {}

  static boolean canBe(String host) {
    if (host.contains(":")) {
      return isV6(host);
    }
    String[] labels = host.replaceFirst("(?<=.)\\.$", "").split("\\.", -1);
    // a host that ends in a number is an address, not a name
    return labels[labels.length - 1].matches("[0-9]+")
        ? labels.length == 4 && Arrays.stream(labels).allMatch(BYTE.asMatchPredicate())
        : host.length() <= LONGEST_NAME && Arrays.stream(labels).allMatch(LABEL.asMatchPredicate());
  }

  private static boolean isV6(String host) {
    try {
      // in brackets, so that the JDK doesn't look it up as a name
      InetAddress unused = InetAddress.getByName('[' + host + ']');
      return true;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
