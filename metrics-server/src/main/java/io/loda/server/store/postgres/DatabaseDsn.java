package io.loda.server.store.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a database and the login, from DATABASE_DSN: {@code
 * postgres://user:password@host:port/db?sslmode=disable} with percent-encoding, or {@code
 * host=localhost user=me password='with a blank'} with the quotes of libpq. Neither error messages
 * nor {@link #toString} show anything that may be a password.
 *
 * @param password null: the driver looks into {@code ~/.pgpass}
 * @param sslRootCert the file of the authority's certificate; null: {@code ~/.postgresql/root.crt}
 */
public record DatabaseDsn(
    String host,
    int port,
    String user,
    @Nullable String password,
    String database,
    String sslMode,
    @Nullable String sslRootCert) {

  private static final String HOST = "host";
  private static final String PORT = "port";
  private static final String USER = "user";
  private static final String PASSWORD = "password";
  private static final String DATABASE = "dbname";
  private static final String SSL_MODE = "sslmode";
  private static final String SSL_ROOT_CERT = "sslrootcert";

  private static final Set<String> KNOWN =
      Set.of(HOST, PORT, USER, PASSWORD, DATABASE, SSL_MODE, SSL_ROOT_CERT);
  private static final String ALL_KNOWN =
      String.join(", ", HOST, PORT, USER, PASSWORD, DATABASE, SSL_MODE, SSL_ROOT_CERT);

  /**
   * Parameters of other clients, which are refused by name. Any other word may be a piece of a
   * password.
   */
  private static final Set<String> OTHERS =
      Set.of(
          "application_name",
          "channel_binding",
          "client_encoding",
          "connect_timeout",
          "default_query_exec_mode",
          "fallback_application_name",
          "gssencmode",
          "hostaddr",
          "keepalives",
          "options",
          "passfile",
          "pool_max_conn_idle_time",
          "pool_max_conn_lifetime",
          "pool_max_conns",
          "pool_min_conns",
          "search_path",
          "service",
          "sslcert",
          "sslcrl",
          "sslkey",
          "sslpassword",
          "statement_timeout",
          "target_session_attrs",
          "timezone");

  private static final Set<String> SSL_MODES =
      Set.of("disable", "prefer", "require", "verify-ca", "verify-full");

  private static final String FORM =
      "expected postgres://user:password@host:port/db or host=… user=… password=… dbname=…, found ";
  private static final String ENCODE =
      "a character of the user or the password stands for itself; expected @ : / ? # [ ] % there"
          + " percent-encoded";
  private static final Pattern URL = Pattern.compile("(?i)postgres(?:ql)?://(.*)");
  private static final Pattern OTHER_URL = Pattern.compile("(?i)[a-z][a-z0-9+.-]*://.*");

  private static final Pattern NAME = Pattern.compile("[a-zA-Z_-]{1,40}");

  private static final int DEFAULT_PORT = 5432;
  private static final int MAX_PORT = 65_535;

  /**
   * Parses a DSN.
   *
   * @throws IllegalArgumentException when it is invalid; the message says what was expected and
   *     found
   */
  public static DatabaseDsn parse(String text) {
    String dsn = text.strip();
    if (dsn.isEmpty()) {
      throw new IllegalArgumentException(FORM + "nothing");
    }
    if (dsn.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(FORM + "a control character");
    }
    var url = URL.matcher(dsn);
    if (url.matches()) {
      return of(fromUrl(url.group(1)));
    }
    if (OTHER_URL.matcher(dsn).matches()) {
      throw new IllegalArgumentException(FORM + "an address of another kind");
    }
    return of(ConnectionString.parse(dsn, FORM));
  }

  private static Map<String, String> fromUrl(String rest) {
    int end = indexOfAny(rest, "/?");
    String authority = rest.substring(0, end);
    String tail = rest.substring(end);
    if (tail.indexOf('@') >= 0 || rest.indexOf('#') >= 0) {
      throw new IllegalArgumentException(ENCODE);
    }
    Map<String, String> found = new LinkedHashMap<>();
    int at = authority.lastIndexOf('@');
    if (at >= 0) {
      String login = authority.substring(0, at);
      int colon = login.indexOf(':');
      put(found, USER, decoded(colon < 0 ? login : login.substring(0, colon)));
      put(found, PASSWORD, colon < 0 ? "" : decoded(login.substring(colon + 1)));
    }
    server(found, authority.substring(at + 1));
    int question = tail.indexOf('?');
    String path = question < 0 ? tail : tail.substring(0, question);
    put(found, DATABASE, decoded(path.isEmpty() ? "" : path.substring(1)));
    if (question >= 0 && question + 1 < tail.length()) {
      for (String pair : tail.substring(question + 1).split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
        put(found, name, equals < 0 ? "" : decoded(pair.substring(equals + 1)));
      }
    }
    return found;
  }

  private static void server(Map<String, String> found, String server) {
    int bracket = server.startsWith("[") ? server.indexOf(']') : -1;
    int colon = server.indexOf(':', bracket + 1);
    put(found, HOST, decoded(colon < 0 ? server : server.substring(0, colon)));
    put(found, PORT, colon < 0 ? "" : decoded(server.substring(colon + 1)));
  }

  private static int indexOfAny(String text, String characters) {
    for (int i = 0; i < text.length(); i++) {
      if (characters.indexOf(text.charAt(i)) >= 0) {
        return i;
      }
    }
    return text.length();
  }

  private static String decoded(String text) {
    try {
      // there a plus is a blank, here it is itself
      String decoded = URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
      if (decoded.indexOf('\0') < 0 && decoded.indexOf('\uFFFD') < 0) {
        return decoded;
      }
    } catch (IllegalArgumentException e) {
      // said below; its message has a piece of the text
    }
    throw new IllegalArgumentException(
        "expected percent-encoded UTF-8, found a % that begins none");
  }

  /**
   * Returns whether this is the name of a parameter, supported or not, and no piece of a password.
   */
  static boolean isParameter(String name) {
    return KNOWN.contains(name) || OTHERS.contains(name.toLowerCase(Locale.ROOT));
  }

  /** Adds a parameter that has a value; refuses unknown and repeated ones. */
  static void put(Map<String, String> found, String name, String value) {
    if (!KNOWN.contains(name)) {
      throw new IllegalArgumentException(
          "expected the parameters "
              + ALL_KNOWN
              + ", found "
              + (NAME.matcher(name).matches() ? name : "another one"));
    }
    if (!value.isEmpty() && found.putIfAbsent(name, value) != null) {
      throw new IllegalArgumentException(name + ": expected it once, found it twice");
    }
  }

  private static DatabaseDsn of(Map<String, String> found) {
    String user = found.getOrDefault(USER, System.getProperty("user.name", "postgres"));
    return new DatabaseDsn(
        host(found.getOrDefault(HOST, "localhost")),
        port(found.get(PORT)),
        user,
        found.get(PASSWORD),
        found.getOrDefault(DATABASE, user),
        sslMode(found.getOrDefault(SSL_MODE, "prefer")),
        found.get(SSL_ROOT_CERT));
  }

  private static String host(String host) {
    if (host.startsWith("/") || host.startsWith("@")) {
      throw new IllegalArgumentException(
          "host: expected a name or an address, found a unix socket's path, which isn't supported");
    }
    String plain =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    if (plain.isBlank() || plain.matches(".*[\\s,/@?#\\[\\]].*")) {
      throw new IllegalArgumentException(
          "host: expected one name or address, IPv6 in brackets, found something else");
    }
    return plain;
  }

  private static int port(@Nullable String port) {
    if (port == null) {
      return DEFAULT_PORT;
    }
    if (port.matches("[0-9]{1,5}")) {
      int number = Integer.parseInt(port);
      if (number >= 1 && number <= MAX_PORT) {
        return number;
      }
    }
    // what stands there may be a password whose @ is missing
    throw new IllegalArgumentException(
        "port: expected a number from 1 to " + MAX_PORT + ", found something else");
  }

  private static String sslMode(String mode) {
    if (!SSL_MODES.contains(mode)) {
      throw new IllegalArgumentException(
          "sslmode: expected disable, prefer, require, verify-ca or verify-full, found "
              + (NAME.matcher(mode).matches() ? mode.toLowerCase(Locale.ROOT) : "something else"));
    }
    return mode;
  }

  /** Returns the address without the password. */
  @Override
  public String toString() {
    return user
        + "@"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + port
        + "/"
        + database;
  }
}
