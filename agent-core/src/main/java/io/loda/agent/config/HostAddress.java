package io.loda.agent.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Brings the host of an address into the one form in which hosts are compared: small letters, no
 * dots at its end, and {@code 127.0.0.1} for {@code 127.1}, {@code 2130706433}, {@code 0x7f.1} and
 * {@code [::ffff:127.0.0.1]}. A connection to {@code 0.0.0.0} or {@code [::]} reaches this host, so
 * they become {@code 127.0.0.1} and {@code [::1]}.
 */
final class HostAddress {

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._~+,=*?-]*");
  private static final Pattern NUMBERS =
      Pattern.compile("(0[xX][0-9a-fA-F]*|[0-9]+)(\\.(0[xX][0-9a-fA-F]*|[0-9]+)){0,3}");
  private static final Pattern IP =
      Pattern.compile("\\[.*|[0-9.*?]*[0-9][0-9.*?]*", Pattern.CASE_INSENSITIVE);

  private static final String LOOPBACK_6 = "[0:0:0:0:0:0:0:1]";

  private HostAddress() {}

  /**
   * Returns the form of a host, or of a pattern of hosts, that is compared.
   *
   * @throws IllegalArgumentException when it can't be compared; says why
   */
  static String of(String text) {
    if (text.startsWith("[")) {
      return literal(text);
    }
    String host = text.toLowerCase(Locale.ROOT).replaceAll("\\.+$", "");
    if (host.isEmpty() || !PLAIN.matcher(host).matches()) {
      throw new IllegalArgumentException("a host with other characters than letters, digits, . -");
    }
    return NUMBERS.matcher(host).matches() ? numbers(host) : host;
  }

  /** Returns whether it is an IP address or a pattern of IP addresses. */
  static boolean isIp(String host) {
    return IP.matcher(host).matches();
  }

  /** Returns the form that is compared of an IP address from the system's resolver. */
  static String ofResolved(String ip) {
    String address = ip.replaceFirst("%.*", "");
    return address.contains(":") ? literal('[' + address + ']') : ofThisHost(address);
  }

  private static String literal(String text) {
    try {
      // an address between brackets causes no look-up
      InetAddress address = InetAddress.getByName(text);
      String ip = address.getHostAddress().replaceFirst("%.*", "");
      return ofThisHost(ip.contains(":") ? '[' + ip + ']' : ip);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("a host that is no IP address between brackets", e);
    }
  }

  private static String ofThisHost(String ip) {
    return ip.equals("0.0.0.0") ? "127.0.0.1" : ip.equals("[0:0:0:0:0:0:0:0]") ? LOOPBACK_6 : ip;
  }

  /** Reads numbers as the C library does: the last number fills the bytes that are left. */
  private static String numbers(String host) {
    String[] parts = host.split("\\.", -1);
    long address = 0;
    for (int i = 0; i < parts.length; i++) {
      long number = number(parts[i]);
      int bytes = i < parts.length - 1 ? 1 : 5 - parts.length;
      if (number >= 1L << (8 * bytes)) {
        throw new IllegalArgumentException("a host of numbers that is no IP address");
      }
      address = address << (8 * bytes) | number;
    }
    return ofThisHost(
        (address >> 24)
            + "."
            + (address >> 16 & 0xff)
            + "."
            + (address >> 8 & 0xff)
            + "."
            + (address & 0xff));
  }

  private static long number(String text) {
    boolean hex = text.startsWith("0x");
    if (!hex && text.length() > 1 && text.startsWith("0")) {
      throw new IllegalArgumentException(
          "a host with a number that some read as octal (" + text + ")");
    }
    String digits = hex ? text.substring(2) : text;
    if (digits.isEmpty() || digits.length() > 10) {
      throw new IllegalArgumentException("a host of numbers that is no IP address");
    }
    return Long.parseLong(digits, hex ? 16 : 10);
  }
}
