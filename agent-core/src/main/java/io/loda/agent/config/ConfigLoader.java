package io.loda.agent.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.loda.common.config.ConfigException;
import io.loda.common.config.ConfigReader;
import io.loda.common.config.EnvironmentKeys;
import io.loda.common.config.Problem;
import io.loda.common.config.Suggestion;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration. Flags override environment variables, which override the file, which
 * overrides the defaults.
 *
 * <p>The variable of a key has its name in capitals with {@code _}: {@code AGENT_HTTP_LISTEN}. In
 * the block {@code agent} both {@code AGENT_DATA_DIR} and {@code AGENT_AGENT_DATA_DIR} work.
 */
public final class ConfigLoader {

  private static final int MOST_LOOKED_AT = 1 << 20;
  private static final Pattern TOML = Pattern.compile("(?m)^\\s*\\[[A-Za-z0-9_.-]+\\]\\s*$");
  private static final Pattern YAML = Pattern.compile("(?m)^(---|[A-Za-z][A-Za-z0-9_-]*:)\\s*$");

  private final Path home;
  private final Map<String, String> environment;
  private final String defaultDataDir;

  /**
   * Makes a loader.
   *
   * @param home the installation's folder
   * @param environment the process's environment
   * @param root whether the agent runs as root
   */
  public ConfigLoader(Path home, Map<String, String> environment, boolean root) {
    this.home = home.toAbsolutePath().normalize();
    this.environment = environment;
    this.defaultDataDir = root ? "/var/lib/agent" : userHome(environment) + "/.local/state/agent";
  }

  private static String userHome(Map<String, String> environment) {
    String given = environment.getOrDefault("HOME", "");
    return given.isBlank() ? System.getProperty("user.home", ".") : given;
  }

  /**
   * Loads and checks the configuration and the policies of the host's owner.
   *
   * @param file null: defaults only
   * @param flags the keys and values of the command line
   * @throws ConfigException with every problem
   */
  public AgentConfig load(@Nullable Path file, Map<String, String> flags) throws ConfigException {
    List<Problem> ofPolicies = new ArrayList<>();
    List<Policy> policies = PolicyFile.readAll(home, file, ofPolicies);
    AgentConfig config;
    try {
      config = load(file, flags, policies);
    } catch (ConfigException e) {
      List<Problem> all = new ArrayList<>(e.problems());
      all.addAll(ofPolicies);
      throw new ConfigException(all);
    }
    if (!ofPolicies.isEmpty()) {
      throw new ConfigException(ofPolicies);
    }
    return config;
  }

  /**
   * Reads only the policies of the host's owner; blocks.
   *
   * @param file the configuration file, in whose folder a policy may be
   * @throws ConfigException with every problem
   */
  public List<Policy> policies(@Nullable Path file) throws ConfigException {
    List<Problem> problems = new ArrayList<>();
    List<Policy> policies = PolicyFile.readAll(home, file, problems);
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return policies;
  }

  private AgentConfig load(@Nullable Path file, Map<String, String> flags, List<Policy> policies)
      throws ConfigException {
    Config fromFile = parse(file);
    Config reference =
        ConfigFactory.parseResources(
            ConfigLoader.class,
            "reference.conf",
            ConfigParseOptions.defaults().setAllowMissing(false));
    if (fromFile.hasPathOrNull("outputs")) {
      // a file with outputs replaces the default output
      reference = reference.withoutPath("outputs");
    }
    EnvironmentKeys keys = environmentKeys(reference, fromFile);
    Config fromEnvironment = ConfigFactory.empty();
    for (EnvironmentKeys.Given one : keys.given(environment)) {
      fromEnvironment =
          text(one.key(), one.value(), ConfigReader.VARIABLE + one.variable())
              .withFallback(fromEnvironment);
    }
    Config given = fromFlags(flags).withFallback(fromEnvironment).withFallback(fromFile);
    Config merged = resolve(given, reference, file);
    ConfigReader reader = new ConfigReader(merged, home);
    AgentConfig config =
        new ConfigMapping(reader, merged, home, keys.unknown(environment)).read(policies);
    List<Problem> problems = new ArrayList<>(reader.problems());
    // substitutions are resolved only in the merged configuration; every default is a known key
    unknown(merged, reader.known(), problems);
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
          file.toAbsolutePath().normalize().toFile(),
          ConfigParseOptions.defaults().setAllowMissing(false));
    } catch (com.typesafe.config.ConfigException e) {
      throw new ConfigException(
          List.of(
              new Problem(
                  file.toString(), "HOCON", ConfigReader.message(e) + otherLanguage(file))));
    }
  }

  /** Guesses whether the file is TOML or YAML; empty: it looks like neither. */
  private static String otherLanguage(Path file) {
    String text;
    try {
      text = SafeFiles.readString(file, MOST_LOOKED_AT);
    } catch (IOException e) {
      return "";
    }
    if (TOML.matcher(text).find()) {
      return "; it looks like TOML: a block is name { … } in HOCON, and not [name]";
    }
    return YAML.matcher(text).find()
        ? "; it looks like YAML: a block is name { … } in HOCON, whatever the indentation"
        : "";
  }

  private Config resolve(Config given, Config reference, @Nullable Path file)
      throws ConfigException {
    String name = file == null ? "defaults" : file.toString();
    try {
      Config merged = given.withFallback(reference);
      if (lacksDataDir(merged)) {
        merged = text("agent.data-dir", defaultDataDir, "default").withFallback(merged);
      }
      return merged.resolve(ConfigResolveOptions.noSystem());
    } catch (com.typesafe.config.ConfigException.NotResolved
        | com.typesafe.config.ConfigException.UnresolvedSubstitution e) {
      // agent.data-dir may have a substitution, which has to be resolved first
      try {
        return given.withFallback(reference).resolve(ConfigResolveOptions.noSystem());
      } catch (com.typesafe.config.ConfigException unresolved) {
        throw new ConfigException(
            List.of(
                new Problem(name, "substitutions that resolve", ConfigReader.message(unresolved))));
      }
    } catch (com.typesafe.config.ConfigException e) {
      throw new ConfigException(List.of(new Problem(name, "HOCON", ConfigReader.message(e))));
    }
  }

  /** Other keys begin with its value, so they can't be checked if it is wrong. */
  private static boolean lacksDataDir(Config merged) throws ConfigException {
    ConfigValue block = valueAt(merged, "agent");
    if (!(block instanceof ConfigObject agent)) {
      throw new ConfigException(
          List.of(new Problem("agent", "a block of keys", ConfigReader.found(block))));
    }
    ConfigValue value = agent.get("data-dir");
    if (value == null || value.valueType() == ConfigValueType.NULL) {
      return true;
    }
    if (value.valueType() == ConfigValueType.LIST || value.valueType() == ConfigValueType.OBJECT) {
      throw new ConfigException(
          List.of(new Problem("agent.data-dir", "a path", ConfigReader.found(value))));
    }
    return String.valueOf(value.unwrapped()).isBlank();
  }

  private EnvironmentKeys environmentKeys(Config reference, Config file) {
    Set<String> keys = new TreeSet<>(ReservedKeys.VALUES.keySet());
    leaves(reference, keys);
    Config outputs = file.hasPathOrNull("outputs") ? file : reference;
    if (outputs.root().get("outputs") instanceof ConfigObject block) {
      Set<String> ofOutputs = ConfigMapping.outputKeys(home);
      for (String name : block.keySet()) {
        ofOutputs.forEach(key -> keys.add("outputs." + ConfigUtil.joinPath(name) + "." + key));
      }
    }
    return new EnvironmentKeys(keys);
  }

  private static void leaves(Config config, Set<String> keys) {
    collect("", config.root(), keys);
  }

  private static void collect(String prefix, ConfigObject block, Set<String> keys) {
    block.forEach(
        (name, value) -> {
          String path = prefix + ConfigUtil.joinPath(name);
          if (value instanceof ConfigObject inner && !inner.isEmpty()) {
            collect(path + ".", inner, keys);
          } else {
            keys.add(path);
          }
        });
  }

  private static Config fromFlags(Map<String, String> flags) throws ConfigException {
    Config config = ConfigFactory.empty();
    List<Problem> problems = new ArrayList<>();
    for (Map.Entry<String, String> flag : flags.entrySet()) {
      try {
        config = text(flag.getKey(), flag.getValue(), "flag").withFallback(config);
      } catch (com.typesafe.config.ConfigException.BadPath e) {
        problems.add(new Problem("--set", "key=value", '"' + flag.getKey() + '"'));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return config;
  }

  private static Config text(String key, String value, String origin) {
    if (value.startsWith("[") || value.startsWith("{")) {
      try {
        return ConfigFactory.parseString(key + " = " + value);
      } catch (com.typesafe.config.ConfigException e) {
        // no HOCON, so it is a plain string; the reader of the key reports what was expected
      }
    }
    return ConfigFactory.empty().withValue(key, ConfigValueFactory.fromAnyRef(value, origin));
  }

  private static void unknown(Config merged, Set<String> known, List<Problem> problems) {
    Set<String> keys = new TreeSet<>();
    leaves(merged, keys);
    for (String key : keys) {
      if (known.contains(key) || known.stream().anyMatch(k -> key.startsWith(k + "."))) {
        continue;
      }
      if (known.stream().noneMatch(k -> k.startsWith(key + "."))) {
        problems.add(
            new Problem(
                key,
                Suggestion.expected(key, known),
                "an unknown key" + ConfigReader.place(valueAt(merged, key))));
        continue;
      }
      ConfigValue value = valueAt(merged, key);
      if (!(value instanceof ConfigObject) && value.valueType() != ConfigValueType.NULL) {
        // the keys below it can't be checked
        problems.removeIf(problem -> problem.key().startsWith(key + "."));
        problems.add(new Problem(key, "a block of keys", ConfigReader.found(value)));
      }
    }
  }

  /** Returns the value even if it is null, unlike {@link Config#getValue}. */
  private static ConfigValue valueAt(Config config, String key) {
    ConfigValue value = config.root();
    for (String name : ConfigUtil.splitPath(key)) {
      value = Objects.requireNonNull(((ConfigObject) value).get(name));
    }
    return value;
  }
}
