package io.loda.agent.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration: flags over environment over file over defaults.
 *
 * <p>An environment variable is a key in capitals with {@code _}: {@code AGENT_HTTP_LISTEN}; for
 * the block {@code agent} both {@code AGENT_DATA_DIR} and {@code AGENT_AGENT_DATA_DIR} will do.
 */
public final class ConfigLoader {

  private static final List<String> OUTPUT_KEYS =
      List.of("type", "format", "servers", "lookupd", "balance", "topic-prefix");

  private final Path home;
  private final Map<String, String> environment;
  private final String defaultDataDir;

  /**
   * A loader.
   *
   * @param home the installation's folder
   * @param environment the process's environment
   * @param root whether the agent runs as root
   */
  public ConfigLoader(Path home, Map<String, String> environment, boolean root) {
    this.home = home.toAbsolutePath().normalize();
    this.environment = environment;
    this.defaultDataDir =
        root
            ? "/var/lib/agent"
            : environment.getOrDefault("HOME", System.getProperty("user.home", "."))
                + "/.local/state/agent";
  }

  /**
   * Loads and checks.
   *
   * @param file null: defaults only
   * @param flags key to value, as given on the command line
   * @throws ConfigException with every problem
   */
  public AgentConfig load(@Nullable Path file, Map<String, String> flags) throws ConfigException {
    Config fromFile = parse(file);
    Config reference =
        ConfigFactory.parseResources(
            ConfigLoader.class,
            "reference.conf",
            ConfigParseOptions.defaults().setAllowMissing(false));
    if (fromFile.hasPathOrNull("outputs")) {
      // A file that names its outputs means those, and not the console besides.
      reference = reference.withoutPath("outputs");
    }
    Config given =
        texts(flags, "flag")
            .withFallback(fromEnvironment(reference, fromFile))
            .withFallback(fromFile);
    Config merged = resolve(given, reference, file);
    ConfigReader reader = new ConfigReader(merged, home);
    AgentConfig config = new ConfigMapping(reader, merged, home).read();
    List<Problem> problems = new ArrayList<>(reader.problems());
    problems.addAll(unknown(given, reader.known()));
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return config;
  }

  private static Config parse(@Nullable Path file) throws ConfigException {
    if (file == null) {
      return ConfigFactory.empty();
    }
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new ConfigException(
          List.of(
              new Problem(
                  file.toString(),
                  "a configuration file",
                  Files.exists(file) ? "one that can't be read" : "nothing there")));
    }
    try {
      return ConfigFactory.parseFile(
          file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
    } catch (com.typesafe.config.ConfigException e) {
      throw new ConfigException(List.of(new Problem(file.toString(), "HOCON", message(e))));
    }
  }

  private Config resolve(Config given, Config reference, @Nullable Path file)
      throws ConfigException {
    String name = file == null ? "defaults" : file.toString();
    try {
      Config merged = given.withFallback(reference);
      String dataDir =
          merged.hasPath("agent.data-dir")
                  && merged.getValue("agent.data-dir").valueType() == ConfigValueType.STRING
              ? merged.getString("agent.data-dir")
              : "";
      if (dataDir.isBlank()) {
        merged = text("agent.data-dir", defaultDataDir, "default").withFallback(merged);
      }
      return merged.resolve(ConfigResolveOptions.noSystem());
    } catch (com.typesafe.config.ConfigException.NotResolved
        | com.typesafe.config.ConfigException.UnresolvedSubstitution e) {
      // agent.data-dir itself may hold a substitution: then resolve first, and it must be set
      try {
        return given.withFallback(reference).resolve(ConfigResolveOptions.noSystem());
      } catch (com.typesafe.config.ConfigException unresolved) {
        throw new ConfigException(
            List.of(new Problem(name, "substitutions that resolve", message(unresolved))));
      }
    } catch (com.typesafe.config.ConfigException e) {
      throw new ConfigException(List.of(new Problem(name, "HOCON", message(e))));
    }
  }

  private Config fromEnvironment(Config reference, Config file) {
    Set<String> keys = new TreeSet<>(ReservedKeys.VALUES.keySet());
    leaves(reference, keys);
    Config outputs = file.hasPathOrNull("outputs") ? file : reference;
    if (outputs.root().get("outputs") instanceof com.typesafe.config.ConfigObject block) {
      for (String name : block.keySet()) {
        OUTPUT_KEYS.forEach(key -> keys.add("outputs." + ConfigUtil.joinPath(name) + "." + key));
      }
    }
    Config config = ConfigFactory.empty();
    for (String key : keys) {
      String variable = "AGENT_" + key.toUpperCase(java.util.Locale.ROOT).replaceAll("[.-]", "_");
      String value = environment.get(variable);
      if (value == null && key.startsWith("agent.")) {
        value = environment.get(variable.substring("AGENT_".length()));
      }
      if (value != null) {
        config = text(key, value, "environment variable " + variable).withFallback(config);
      }
    }
    return config;
  }

  private static void leaves(Config config, Set<String> keys) {
    collect("", config.root(), keys);
  }

  private static void collect(
      String prefix, com.typesafe.config.ConfigObject block, Set<String> keys) {
    block.forEach(
        (name, value) -> {
          String path = prefix + ConfigUtil.joinPath(name);
          if (value instanceof com.typesafe.config.ConfigObject inner && !inner.isEmpty()) {
            collect(path + ".", inner, keys);
          } else {
            keys.add(path);
          }
        });
  }

  private static Config texts(Map<String, String> values, String origin) {
    Config config = ConfigFactory.empty();
    for (Map.Entry<String, String> entry : values.entrySet()) {
      config = text(entry.getKey(), entry.getValue(), origin).withFallback(config);
    }
    return config;
  }

  private static Config text(String key, String value, String origin) {
    if (value.startsWith("[") || value.startsWith("{")) {
      try {
        return ConfigFactory.parseString(key + " = " + value);
      } catch (com.typesafe.config.ConfigException e) {
        // not HOCON: it is a plain string, and whoever reads it says what was expected
      }
    }
    return ConfigFactory.empty().withValue(key, ConfigValueFactory.fromAnyRef(value, origin));
  }

  private static List<Problem> unknown(Config given, Set<String> known) {
    Set<String> keys = new TreeSet<>();
    leaves(given, keys);
    List<Problem> problems = new ArrayList<>();
    for (String key : keys) {
      boolean isKnown =
          known.contains(key)
              // an empty block, or one that was reported as a whole
              || known.stream().anyMatch(k -> k.startsWith(key + ".") || key.startsWith(k + "."));
      if (!isKnown) {
        problems.add(new Problem(key, Suggestion.expected(key, known), "an unknown key"));
      }
    }
    return problems;
  }

  private static String message(com.typesafe.config.ConfigException e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s*\\n\\s*", " ");
  }
}
