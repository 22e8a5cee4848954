package io.loda.common.settings;

import io.loda.common.config.ConfigException;
import io.loda.common.config.FlatFile;
import io.loda.common.config.HostPort;
import io.loda.common.config.Problem;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The values of settings. A method notes a wrong value as a problem and returns a harmless one;
 * {@link #check} then throws with all problems.
 */
public final class Settings {

  private static final Pattern INTERVAL =
      Pattern.compile("(?=.)(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,9})s)?");

  private static final List<String> LEVELS = List.of("debug", "info", "warn", "error");

  private final Map<String, String> flags;
  private final Map<String, String> environment;
  private final Map<String, FlatFile.Found> file;
  private final List<Problem> problems;

  private record Given(String text, String place) {}

  /**
   * Creates the values.
   *
   * @param flags by name, as given
   * @param environment by variable
   * @param file by name
   * @param problems the problems of the file
   */
  Settings(
      Map<String, String> flags,
      Map<String, String> environment,
      Map<String, FlatFile.Found> file,
      List<Problem> problems) {
    this.flags = flags;
    this.environment = environment;
    this.file = file;
    this.problems = new ArrayList<>(problems);
  }

  private Given given(Setting setting) {
    String flag = flags.get(setting.name());
    if (flag != null) {
      return new Given(flag, " (flag)");
    }
    String variable = environment.get(setting.variable());
    if (variable != null && (setting.emptyCounts() || !variable.isEmpty())) {
      return new Given(variable, " (environment variable)");
    }
    FlatFile.Found found = file.get(setting.name());
    return found == null
        ? new Given(setting.otherwise(), "")
        : new Given(found.text(), found.place());
  }

  public String text(Setting setting) {
    return given(setting).text();
  }

  /** Returns a text; null if it is empty. */
  public @Nullable String textOrNull(Setting setting) {
    String text = text(setting);
    return text.isEmpty() ? null : text;
  }

  /** Returns a path; null if it is empty. */
  public @Nullable Path pathOrNull(Setting setting) {
    return text(setting).isEmpty() ? null : path(setting);
  }

  public Path path(Setting setting) {
    return read(
        setting,
        "a path",
        text -> {
          try {
            return text.isEmpty() ? null : Path.of(text);
          } catch (InvalidPathException e) {
            return null;
          }
        },
        Path.of("/"));
  }

  /** Returns a boolean: {@code 1 t true TRUE 0 f false FALSE}. */
  public boolean onOff(Setting setting) {
    return read(
        setting,
        "one of 1, t, true, TRUE, 0, f, false, FALSE",
        text ->
            switch (text) {
              case "1", "t", "true", "TRUE" -> true;
              case "0", "f", "false", "FALSE" -> false;
              default -> null;
            },
        false);
  }

  /** Returns an interval: whole seconds, or {@code 1m30s}; 0 only if that is allowed. */
  public Duration interval(Setting setting, boolean mayBeZero) {
    return read(
        setting,
        "whole seconds or a duration like 1m30s" + (mayBeZero ? ", or 0" : ", more than 0"),
        text -> {
          Matcher parts = INTERVAL.matcher(text.matches("[0-9]{1,9}") ? text + "s" : text);
          if (!parts.matches()) {
            return null;
          }
          Duration interval =
              Duration.ofHours(number(parts.group(1)))
                  .plusMinutes(number(parts.group(2)))
                  .plusSeconds(number(parts.group(3)));
          return interval.isZero() && !mayBeZero ? null : interval;
        },
        Duration.ofSeconds(1));
  }

  private static long number(@Nullable String text) {
    return text == null ? 0 : Long.parseLong(text);
  }

  /** Returns a whole number of at least 1. */
  public int count(Setting setting, int most) {
    return read(
        setting,
        "a whole number, 1…" + most,
        text -> {
          if (!text.matches("[0-9]{1,9}")) {
            return null;
          }
          int number = Integer.parseInt(text);
          return number >= 1 && number <= most ? number : null;
        },
        1);
  }

  /** Returns a log level: debug, info, warn or error. */
  public String level(Setting setting) {
    return oneOf(setting, LEVELS);
  }

  /** Returns one of these words, ignoring case. */
  public String oneOf(Setting setting, List<String> words) {
    return read(
        setting,
        "one of " + String.join(", ", words),
        text -> {
          String word = text.toLowerCase(Locale.ROOT);
          return words.contains(word) ? word : null;
        },
        words.get(0));
  }

  /**
   * Returns an address, {@code host:port}.
   *
   * @param noHost the host of {@code :8080}
   * @param http whether it may begin with {@code http://}
   */
  public HostPort address(Setting setting, String noHost, boolean http) {
    return read(
        setting,
        "host:port or :port" + (http ? ", also with http:// before it" : ""),
        text -> {
          String address =
              http && text.startsWith("http://")
                  ? text.substring("http://".length()).replaceFirst("/$", "")
                  : text;
          try {
            HostPort parsed = HostPort.parse(address.startsWith(":") ? noHost + address : address);
            // a client can't connect to port 0; a server gets a free port
            return Host.canBe(parsed.host()) && !(http && parsed.port() == 0) ? parsed : null;
          } catch (IllegalArgumentException e) {
            return null;
          }
        },
        new HostPort("localhost", 0));
  }

  private <T> T read(
      Setting setting, String expected, Function<String, @Nullable T> reading, T harmless) {
    T value = reading.apply(text(setting));
    if (value == null) {
      problem(setting, expected);
      return harmless;
    }
    return value;
  }

  /** Adds a problem that shows the value. */
  public void problem(Setting setting, String expected) {
    Given given = given(setting);
    problems.add(new Problem(setting.shown(), expected, '"' + given.text() + '"' + given.place()));
  }

  /** Adds a problem that doesn't show the value, which is secret. */
  public void secretProblem(Setting setting, String expected, String found) {
    problems.add(new Problem(setting.shown(), expected, found + given(setting).place()));
  }

  /**
   * Checks that there are no problems.
   *
   * @throws ConfigException with all problems
   */
  public void check() throws ConfigException {
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }
}
