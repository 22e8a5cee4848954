package io.loda.common.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Which environment variable is which key. */
public final class EnvironmentKeys {

  private static final String PREFIX = "AGENT_";
  private static final String BLOCK = "agent.";

  /** What {@code bin/agent} itself looks at. */
  private static final Set<String> LAUNCHER =
      Set.of(
          "AGENT_JAVA_OPTS", "AGENT_PROFILE", "AGENT_BUILD", "AGENT_NO_BUILD", "AGENT_NO_INSTALL");

  private final Map<String, String> keys = new TreeMap<>();

  public EnvironmentKeys(Set<String> keys) {
    for (String key : keys) {
      String variable = PREFIX + key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
      if (key.startsWith(BLOCK)) {
        this.keys.put(variable.substring(PREFIX.length()), key);
      }
      this.keys.put(variable, key);
    }
  }

  /** A variable that is set. */
  public record Given(String variable, String key, String value) {}

  /** Those that are set; of two for one key the longer name comes last, and holds. */
  public List<Given> given(Map<String, String> environment) {
    List<Given> given = new ArrayList<>();
    keys.forEach(
        (variable, key) -> {
          String value = environment.get(variable);
          if (value != null) {
            given.add(new Given(variable, key, value));
          }
        });
    given.sort((a, b) -> Integer.compare(a.variable().length(), b.variable().length()));
    return given;
  }

  /** What is to be said of those that look like the agent's and are no key. */
  public List<String> unknown(Map<String, String> environment) {
    return environment.keySet().stream()
        .filter(name -> name.startsWith(PREFIX))
        .filter(name -> !keys.containsKey(name) && !LAUNCHER.contains(name))
        .sorted()
        .map(
            name ->
                "environment variable "
                    + name
                    + ": expected "
                    + Suggestion.expected(name, keys.keySet())
                    + ", so that it does nothing")
        .toList();
  }
}
