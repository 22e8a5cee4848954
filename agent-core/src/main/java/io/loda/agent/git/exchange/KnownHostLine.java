package io.loda.agent.git.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A line of a {@code known_hosts} file: names of a server, possibly as digests, and its key.
 *
 * @param name one of its names
 */
public record KnownHostLine(String name, String type, String key) {

  private static final int MAX_CHARS = 16 * 1024;
  private static final Pattern LINE =
      Pattern.compile(
          "\\s*(?:@\\S+\\s+)?(?<names>[^\\s#]\\S*)\\s+(?<type>[a-zA-Z0-9@._-]+)\\s+"
              + "(?<key>[A-Za-z0-9+/]+=*)(?:\\s.*)?");
  private static final Pattern DIGEST = Pattern.compile("\\|1\\|([^|]+)\\|([^|]+)");
  private static final String SHA_1 = "HmacSHA1";

  /** Returns the name that such a file has for a server. */
  public static String name(String host, int port) {
    return port == 22 ? host : "[" + host + "]:" + port;
  }

  /**
   * Returns the key of a server with one of these names, ignoring case, without other parts of the
   * line.
   */
  static Optional<KnownHostLine> of(String line, List<String> servers) {
    Matcher matcher = LINE.matcher(line);
    if (line.length() > MAX_CHARS || line.stripLeading().startsWith("@") || !matcher.matches()) {
      return Optional.empty();
    }
    for (String name : matcher.group("names").split(",", -1)) {
      for (String server : servers) {
        boolean same =
            name.startsWith("|") ? isDigestOf(name, server) : name.equalsIgnoreCase(server);
        if (same) {
          return Optional.of(
              new KnownHostLine(
                  name.startsWith("|") ? name : server,
                  matcher.group("type"),
                  matcher.group("key")));
        }
      }
    }
    return Optional.empty();
  }

  /** Returns whether a line is about a server, by name, digest or pattern. */
  static boolean isAbout(String line, String server) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      return false;
    }
    for (String name : matcher.group("names").split(",", -1)) {
      if (name.startsWith("|") ? isDigestOf(name, server) : SshConfig.matches(name, server)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isDigestOf(String name, String server) {
    Matcher digest = DIGEST.matcher(name);
    if (!digest.matches()) {
      return false;
    }
    try {
      Mac mac = Mac.getInstance(SHA_1);
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(digest.group(1)), SHA_1));
      return MessageDigest.isEqual(
          mac.doFinal(server.getBytes(UTF_8)), Base64.getDecoder().decode(digest.group(2)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return name + ' ' + type + ' ' + key;
  }
}
