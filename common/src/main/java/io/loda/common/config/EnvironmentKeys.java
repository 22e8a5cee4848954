package io.loda.common.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Maps environment variables to keys. */
public final class EnvironmentKeys {

  private static final String PREFIX = "AGENT_";
  private static final String BLOCK = "agent.";

  /** The variables that {@code bin/agent} itself reads. */
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

  public record Given(String variable, String key, String value) {}

  /** Returns the set variables. If two set the same key, the longer name comes last and wins. */
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

  /** Returns problems of variables that look like the agent's but set no key. */
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
