package io.loda.common.config;

/**
 * An address as {@code host:port} or {@code [v6]:port}.
 *
 * @param port 0…65535
 */
public record HostPort(String host, int port) {

  /**
   * Parses {@code host:port}.
   *
   * @throws IllegalArgumentException when it isn't an address
   */
  public static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException("no port");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]") && host.contains(":")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":") || host.startsWith("[")) {
      throw new IllegalArgumentException(
          "an IPv6 address needs brackets, and nothing else may have them");
    }
    // a number of Java's may have a sign, and digits of any script
    String digits = text.substring(colon + 1);
    int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : -1;
    if (host.isBlank() || port < 0 || port > 65535) {
      throw new IllegalArgumentException("no host, or a port outside 0…65535");
    }
    return new HostPort(host, port);
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
