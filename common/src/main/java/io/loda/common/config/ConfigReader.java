package io.loda.common.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException.BadValue;
import com.typesafe.config.ConfigException.WrongType;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads typed values, and collects all problems instead of stopping at the first.
 *
 * <p>A wrong value is noted and replaced by a harmless one; the caller throws at the end. Reading a
 * key makes it known; keys of the file that nobody reads are reported as unknown.
 */
public final class ConfigReader {

  /** The prefix of the origin of a value from an environment variable. */
  public static final String VARIABLE = "environment variable ";

  private static final String LISTEN = "host:port, like 127.0.0.1:1232";
  private static final String SERVER = "host:port, like 127.0.0.1:4150";

  /** What the library says at the end of a text with a block or list that isn't closed. */
  private static final Pattern NOT_CLOSED =
      Pattern.compile("expecting a close parentheses '\\)' here, not: .*");

  private final Config config;
  private final Path home;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<String> known = new TreeSet<>();

  public ConfigReader(Config config, Path home) {
    this.config = config;
    this.home = home;
  }

  public List<Problem> problems() {
    return problems;
  }

  public Set<String> known() {
    return known;
  }

  /** Notes a problem of a key and of all keys below it. */
  public void problem(String key, String expected) {
    known.add(key);
    problems.add(new Problem(key, expected, found(key)));
  }

  /** Notes that a block has an empty name. */
  public void noName(String key, String expected) {
    known.add(key);
    problems.add(new Problem(key, expected, quoted("") + place(key)));
  }

  /** Returns whether there is such a key; makes it known. */
  public boolean has(String key) {
    known.add(key);
    return config.hasPath(key);
  }

  public String string(String key) {
    return string(key, "a string");
  }

  /**
   * Reads a string that must have a certain form; a value that isn't a string is reported with
   * {@code expected}, too.
   */
  public String string(String key, String expected) {
    return read(key, expected, Config::getString, "");
  }

  /** Returns whether the value is a scalar: a form can be checked only then. */
  private boolean isText(String key) {
    if (!config.hasPath(key)) {
      return false;
    }
    ConfigValueType type = config.getValue(key).valueType();
    return type != ConfigValueType.LIST && type != ConfigValueType.OBJECT;
  }

  /**
   * Notes that a string hasn't the expected form, unless it isn't a string: that was noted before.
   */
  public void badText(String key, String expected) {
    if (isText(key)) {
      problem(key, expected);
    }
  }

  public String stringOr(String key, String otherwise) {
    known.add(key);
    return config.hasPath(key) ? string(key) : otherwise;
  }

  /** Reads a scalar, or an empty list, as text. */
  public String textOr(String key, String otherwise) {
    known.add(key);
    if (!config.hasPath(key)) {
      return otherwise;
    }
    Object value = config.getAnyRef(key);
    return value instanceof List<?> list && list.isEmpty() ? "" : String.valueOf(value);
  }

  public boolean bool(String key) {
    return read(key, "true or false", Config::getBoolean, false);
  }

  public boolean boolOr(String key, boolean otherwise) {
    known.add(key);
    return config.hasPath(key) ? bool(key) : otherwise;
  }

  public int integer(String key, int min, int max) {
    String expected = "a whole number, " + min + "…" + max;
    int value = read(key, expected, Config::getInt, min);
    if (value < min || value > max) {
      problem(key, expected);
      return min;
    }
    return value;
  }

  public Duration duration(String key, Duration min) {
    String expected = "a duration of at least " + text(min) + ", like 10s, 5m or 24h";
    Duration value = read(key, expected, Config::getDuration, min);
    if (value.compareTo(min) < 0) {
      problem(key, expected);
      return min;
    }
    return value;
  }

  public long bytes(String key, long min) {
    String expected = "a size of at least " + min + " bytes, like 256KiB or 1MiB";
    long value = read(key, expected, Config::getBytes, min);
    if (value < min) {
      problem(key, expected);
      return min;
    }
    return value;
  }

  /** Reads a percentage: {@code 5%}. */
  public double percent(String key) {
    String expected = "a share like 5%, at most 99%";
    String text = string(key, expected);
    if (!text.matches("[0-9]{1,2}(\\.[0-9]{1,3})?%")) {
      badText(key, expected);
      return 0;
    }
    return Double.parseDouble(text.substring(0, text.length() - 1));
  }

  public String oneOf(String key, List<String> allowed) {
    String expected = "one of " + String.join(", ", allowed);
    String value = string(key, expected);
    if (!allowed.contains(value)) {
      badText(key, expected);
      return allowed.get(0);
    }
    return value;
  }

  /** Reads one of the allowed values; the first if the key is missing. */
  public String oneOfOr(String key, List<String> allowed) {
    known.add(key);
    return config.hasPath(key) ? oneOf(key, allowed) : allowed.get(0);
  }

  /** Reads a list of strings, or a string with commas, as environment variables have no lists. */
  public List<String> strings(String key) {
    return strings(key, "a list of strings");
  }

  private List<String> strings(String key, String expected) {
    known.add(key);
    if (config.hasPath(key) && config.getValue(key).valueType() == ConfigValueType.STRING) {
      String text = config.getString(key);
      return text.isBlank() ? List.of() : List.of(text.trim().split("\\s*,\\s*"));
    }
    return read(key, expected, Config::getStringList, List.of());
  }

  public HostPort hostPort(String key) {
    HostPort none = new HostPort("127.0.0.1", 0);
    String text = string(key, LISTEN);
    return isText(key) ? hostPort(key, text, LISTEN) : none;
  }

  public List<HostPort> hostPorts(String key) {
    return strings(key, "a list of host:port, like [\"127.0.0.1:4150\"]").stream()
        .map(text -> hostPort(key, text, SERVER))
        .toList();
  }

  /** Reads a path; a relative one is below the installation's folder. */
  public Path path(String key) {
    String text = string(key, "a path");
    if (isPath(text)) {
      return home.resolve(text).normalize();
    }
    badText(key, "a path");
    return home;
  }

  /** Reads a path; null if the key is missing or empty. */
  public @Nullable Path pathOrNull(String key) {
    return stringOr(key, "").isBlank() ? null : path(key);
  }

  /**
   * Reads the path of a secret's file, which may be missing; null if the key is. Notes a problem if
   * others can read the file.
   */
  public @Nullable SecretFile secretFile(String key) {
    Path path = pathOrNull(key);
    if (path == null) {
      return null;
    }
    SecretFile file = new SecretFile(path, home);
    file.problem()
        .ifPresent(
            problem ->
                problems.add(new Problem(key, "a file that only the agent's user reads", problem)));
    return file;
  }

  public List<Path> paths(String key) {
    List<String> texts = strings(key, "a list of paths");
    if (!texts.stream().allMatch(ConfigReader::isPath)) {
      problem(key, "a list of paths");
      return List.of();
    }
    return texts.stream().map(text -> home.resolve(text).normalize()).toList();
  }

  private static boolean isPath(String text) {
    return !text.isBlank() && text.indexOf('\0') < 0;
  }

  public Map<String, String> stringMap(String key) {
    known.add(key);
    Map<String, String> map = new LinkedHashMap<>();
    if (!config.hasPath(key)) {
      return map;
    }
    if (config.getValue(key).valueType() != ConfigValueType.OBJECT) {
      problem(key, "a block of names and strings");
      return map;
    }
    config
        .getObject(key)
        .forEach(
            (name, value) -> {
              String path = key + "." + ConfigUtil.joinPath(name);
              known.add(path);
              if (value.unwrapped() instanceof Map || value.unwrapped() instanceof List) {
                problem(path, "a string");
              } else {
                map.put(name, String.valueOf(value.unwrapped()));
              }
            });
    return map;
  }

  /** Reads a list of {@code http://host:port}; empty if the key is missing. */
  public List<HostPort> httpHostPortsOr(String key) {
    known.add(key);
    if (!config.hasPath(key)) {
      return List.of();
    }
    String expected = "a list of http://host:port, like [\"http://127.0.0.1:4161\"]";
    List<HostPort> servers = new ArrayList<>();
    for (String text : strings(key, expected)) {
      try {
        servers.add(HostPort.parse(text.replaceFirst("^http://", "").replaceFirst("/$", "")));
      } catch (IllegalArgumentException e) {
        problems.add(new Problem(key, expected, quoted(text) + place(key)));
      }
    }
    return servers;
  }

  private HostPort hostPort(String key, String text, String expected) {
    try {
      return HostPort.parse(text);
    } catch (IllegalArgumentException e) {
      problems.add(new Problem(key, expected, quoted(text) + place(key)));
      return new HostPort("127.0.0.1", 0);
    }
  }

  private <T> T read(String key, String expected, BiFunction<Config, String, T> get, T none) {
    known.add(key);
    if (!config.hasPath(key)) {
      problems.add(new Problem(key, expected, "nothing"));
      return none;
    }
    try {
      return get.apply(config, key);
    } catch (WrongType | BadValue e) {
      problem(key, expected);
      return none;
    }
  }

  private String found(String key) {
    return config.hasPath(key) ? found(config.getValue(key)) : "nothing";
  }

  /** Returns a value, and where it was set. */
  public static String found(ConfigValue value) {
    Object plain = value.unwrapped();
    String text = plain instanceof String s ? quoted(Secrets.hiddenInWrong(s)) : other(plain);
    return text + place(value);
  }

  /** Returns the library's message, in one line. */
  public static String message(com.typesafe.config.ConfigException e) {
    String line = String.valueOf(e.getMessage()).replaceAll("\\s*\\n\\s*", " ");
    return NOT_CLOSED.matcher(line).replaceFirst("a { or [ isn't closed");
  }

  /** Returns where a value was set: file and line, or the variable; begins with a blank. */
  public static String place(ConfigValue value) {
    ConfigOrigin origin = value.origin();
    if (origin.lineNumber() > 0) {
      String file = origin.filename() == null ? "" : origin.filename() + ", ";
      return " (" + file + "line " + origin.lineNumber() + ")";
    }
    return origin.description().startsWith(VARIABLE) ? " (" + origin.description() + ")" : "";
  }

  /** Returns where a value in a list or a text was set. */
  public String place(String key) {
    return config.hasPath(key) ? place(config.getValue(key)) : "";
  }

  private static String other(Object plain) {
    return Secrets.hiddenInWrong(String.valueOf(plain));
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }

  private static String text(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }
}
