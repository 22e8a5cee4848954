package io.loda.agent.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A repository's address, or a pattern of addresses, in the one form in which they are compared.
 * {@code git@Host:22} and {@code ssh://git@host} have the same form, and so do {@code repo}, {@code
 * repo.git} and {@code repo.git/}. An address that a server might read in another way than we do
 * ({@code %2e}, {@code ..}, a second {@code @}) has no form and is refused, so no rule can be
 * evaded with it.
 *
 * @param transport {@code ssh}, {@code https}, {@code file}…; {@code path} for a folder
 * @param user the user of {@code ssh}; empty: none
 * @param host in the form of {@link HostAddress}; empty for {@code file} and {@code path}
 * @param port empty: the transport's default
 * @param path without a slash at its beginning; absolute for {@code file} and {@code path}
 */
record RepositoryAddress(String transport, String user, String host, String port, String path) {

  private static final String FOLDER = "path:";
  private static final String ANY_FOLDER = FOLDER + "**";
  private static final String FILE = "file://";
  private static final Pattern URL =
      Pattern.compile(
          "(?<transport>[a-z]+|\\*)://(?:(?<user>[^/@]*)@)?(?<host>\\[[0-9a-fA-F:.]+]|[^/@:]+)"
              + "(?::(?<port>[0-9]+|\\*))?/(?<path>[^@]*)");
  private static final Pattern SCP =
      Pattern.compile("(?:(?<user>[^/@:]+)@)?(?<host>\\[[0-9a-fA-F:.]+]|[^/@:]+):(?<path>[^@]*)");
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._~+,=/*?-]*");
  private static final Pattern WILD = Pattern.compile("[*?]");
  private static final Map<String, String> PORTS =
      Map.of("ssh", "22", "https", "443", "http", "80", "git", "9418");

  /**
   * Reads an address, or a pattern of addresses.
   *
   * @param home where a relative folder starts
   * @throws IllegalArgumentException when it can't be compared; says why, without the address,
   *     which may hold a password
   */
  static RepositoryAddress parse(String text, Path home) {
    if (text.startsWith(ANY_FOLDER)) {
      // the pattern is about all folders, not only those of the installation
      return new RepositoryAddress("path", "", "", "", text.substring(FOLDER.length()));
    }
    return read(text, home);
  }

  private static RepositoryAddress read(String text, Path home) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a NUL character");
    }
    if (text.startsWith(FOLDER)) {
      Path folder = home.resolve(text.substring(FOLDER.length())).normalize();
      return new RepositoryAddress("path", "", "", "", folder.toString());
    }
    if (text.startsWith(FILE)) {
      String path = text.substring(FILE.length());
      if (!path.startsWith("/")) {
        throw new IllegalArgumentException("a file:// address with a host");
      }
      return new RepositoryAddress("file", "", "", "", "/" + canonical(path));
    }
    if (text.indexOf('\\') >= 0) {
      throw new IllegalArgumentException("a backslash");
    }
    boolean url = text.contains("://");
    Matcher matcher = (url ? URL : SCP).matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no address that can be compared");
    }
    String transport = url ? matcher.group("transport") : "ssh";
    String host = HostAddress.of(matcher.group("host"));
    String port = url ? orEmpty(matcher.group("port")).replaceFirst("^0+", "") : "";
    boolean ssh = transport.equals("ssh") || transport.equals("*");
    String user = orEmpty(ssh ? matcher.group("user") : "").replaceFirst(":.*", "");
    String path = canonical(matcher.group("path"));
    return new RepositoryAddress(
        transport,
        user,
        host,
        port.equals(PORTS.get(transport)) ? "" : port,
        ssh ? withoutHome(path, user) : path);
  }

  /** Removes the home folder at the beginning, where ssh starts anyway. */
  private static String withoutHome(String path, String user) {
    int slash = path.indexOf('/');
    String first = path.substring(0, Math.max(slash, 0));
    return first.equals("~") || (!user.isEmpty() && first.equals("~" + user))
        ? path.substring(slash + 1)
        : path;
  }

  /**
   * Like {@link #parse}, for an address to fetch or run. There {@code *} and {@code ?} are no
   * pattern, and a server may ignore what follows them, so they are refused.
   */
  static RepositoryAddress parseAddress(String text, Path home) {
    if (!text.startsWith(FOLDER) && WILD.matcher(text).find()) {
      throw new IllegalArgumentException("an address with * or ?");
    }
    return read(text, home);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** Makes paths equal that are the same to a server; refuses those that only may be the same. */
  private static String canonical(String path) {
    if (!PLAIN.matcher(path).matches()) {
      throw new IllegalArgumentException(
          "a path with other characters than letters, digits, . _ ~ + , = -");
    }
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/", -1)) {
      if (part.equals(".") || part.equals("..") || part.equalsIgnoreCase(".git")) {
        throw new IllegalArgumentException("a path with a part \"" + part + '"');
      }
      if (!part.isEmpty()) {
        parts.add(part);
      }
    }
    String joined = String.join("/", parts);
    String whole = joined.endsWith(".git") ? withoutSuffix(joined) : joined;
    boolean twice = !whole.equals(joined) && whole.toLowerCase(Locale.ROOT).endsWith(".git");
    if (whole.isEmpty() || twice) {
      throw new IllegalArgumentException("a path without a repository's name");
    }
    return whole;
  }

  private static String withoutSuffix(String path) {
    return path.substring(0, path.length() - ".git".length());
  }

  boolean isLocal() {
    return host.isEmpty();
  }

  /** Returns the path for deny rules, where a folder and the repository in it are the same. */
  String deniedPath() {
    String denied = path;
    // a server that ignores case removes this suffix, too
    while (denied.toLowerCase(Locale.ROOT).endsWith(".git")) {
      denied = withoutSuffix(denied);
    }
    return denied;
  }

  @Override
  public String toString() {
    if (isLocal()) {
      return (transport.equals("file") ? FILE : FOLDER) + path;
    }
    return transport
        + "://"
        + (user.isEmpty() ? "" : user + "@")
        + host
        + (port.isEmpty() ? "" : ":" + port)
        + "/"
        + path;
  }
}
