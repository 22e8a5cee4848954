package io.loda.agent.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A host of an address in the one form in which hosts are compared: small letters, no dots at its
 * end, and an IP address as {@code 127.0.0.1} whether it is written so, {@code 127.1}, {@code
 * 2130706433}, {@code 0x7f.1} or {@code [::ffff:127.0.0.1]}. Who connects to {@code 0.0.0.0} or
 * {@code [::]} comes to this host itself, so they are {@code 127.0.0.1} and {@code [::1]}.
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
   * A host, or a pattern of hosts, as it is compared.
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

  /** Whether it is an IP address, or a pattern of some. */
  static boolean isIp(String host) {
    return IP.matcher(host).matches();
  }

  /** As the system's resolver says it, and as it is compared. */
  static String ofResolved(String ip) {
    String address = ip.replaceFirst("%.*", "");
    return address.contains(":") ? literal('[' + address + ']') : ofThisHost(address);
  }

  private static String literal(String text) {
    try {
      // between brackets nobody is asked for a name
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

  /** As the C library reads them: the last number fills what the others leave. */
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
