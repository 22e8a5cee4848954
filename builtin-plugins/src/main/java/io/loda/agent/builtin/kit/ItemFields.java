package io.loda.agent.builtin.kit;

import io.loda.agent.plugin.AgentParameters;
import io.loda.common.files.allowed.LogFiles;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Reads and checks the fields of an item.
 *
 * <p>Every method throws {@link IllegalArgumentException} that names the key, what was expected and
 * what was found. An empty value counts as missing, as the registry stores both.
 */
public record ItemFields(Map<String, String> values) {

  public Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key)).map(String::strip).filter(v -> !v.isEmpty());
  }

  public String required(String key) {
    return text(key)
        .orElseThrow(() -> new IllegalArgumentException(key + ": expected a value, found none"));
  }

  public int integer(String key, int absent, int min, int max) {
    return text(key).map(found -> integer(key, found, min, max)).orElse(absent);
  }

  public int requiredInteger(String key, int min, int max) {
    return integer(key, text(key).orElse(""), min, max);
  }

  private static int integer(String key, String found, int min, int max) {
    try {
      int value = Integer.parseInt(found);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // the error below names it, as for a number out of range
    }
    throw wrong(key, min + "…" + max, found);
  }

  public boolean flag(String key) {
    Optional<String> found = text(key).map(v -> v.toLowerCase(Locale.ROOT));
    if (found.isEmpty() || found.get().equals("false")) {
      return false;
    }
    if (found.get().equals("true")) {
      return true;
    }
    throw wrong(key, "true or false", found.get());
  }

  public Optional<Pattern> pattern(String key) {
    return text(key).map(found -> compile(key, found));
  }

  public static Pattern compile(String key, String found) {
    try {
      return Pattern.compile(found);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "%s: expected a regular expression, found \"%s\": %s at %d"
              .formatted(key, found, e.getDescription(), e.getIndex()),
          e);
    }
  }

  /** Returns the parts between commas or blanks. */
  public List<String> list(String key, String absent) {
    return Arrays.stream(values.getOrDefault(key, absent).split("[,;\\s]+"))
        .map(String::strip)
        .filter(v -> !v.isEmpty())
        .toList();
  }

  public HostTrees host() {
    return new HostTrees(
        Path.of(text(AgentParameters.HOST_PROC).orElse("/proc")),
        Path.of(text(AgentParameters.HOST_SYS).orElse("/sys")),
        Path.of(text(AgentParameters.HOST_ROOT).orElse("/")));
  }

  /** Returns which logs may be read, for callers other than an agent. */
  public LogFiles logFiles() {
    return new LogFiles(List.of(Path.of("/var/log")), host().root(), real -> Optional.empty());
  }

  /** Returns the folder for state; empty if nothing can be kept across restarts. */
  public Optional<Path> stateDirectory() {
    return text(AgentParameters.STATE_DIR).map(Path::of);
  }

  public static IllegalArgumentException wrong(String key, String expected, String found) {
    return new IllegalArgumentException(
        "%s: expected %s, found \"%s\"".formatted(key, expected, found));
  }
}
