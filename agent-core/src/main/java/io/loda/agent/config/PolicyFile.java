package io.loda.agent.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.loda.common.config.ConfigReader;
import io.loda.common.config.NoIncludes;
import io.loda.common.config.Problem;
import io.loda.common.config.Suggestion;
import io.loda.common.files.FileReason;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.Trust;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the policies of the host's owner: the installation's {@code conf/policy.conf}, and the
 * {@code policy.conf} in the folder of the configuration file. If there are both, both hold. The
 * environment and flags for keys don't change them, and with another {@code -f} the installation's
 * policy still holds.
 */
final class PolicyFile {

  private static final String NAME = "policy.conf";
  private static final int MAX_BYTES = 1 << 20;
  private static final ConfigParseOptions OPTIONS =
      ConfigParseOptions.defaults().setIncluder(new NoIncludes());
  private static final List<String> ALL = List.of("**");
  private static final Duration NO_LIMIT = ChronoUnit.FOREVER.getDuration();
  private static final Set<String> KEYS =
      Set.of(
          "allow-namespaces",
          "deny-namespaces",
          "allow-repositories",
          "deny-repositories",
          "allow-refs",
          "allow-measurements",
          "deny-measurements",
          "allow-users",
          "allow-log-files",
          "deny-log-files",
          "min-interval",
          "max-timeout",
          "allow-streams",
          "allow-keep",
          "arguments");

  private final Path file;
  private final Path home;
  private final List<Problem> problems;

  private PolicyFile(Path file, Path home, List<Problem> problems) {
    this.file = file;
    this.home = home;
    this.problems = problems;
  }

  /**
   * Reads the policies that exist.
   *
   * @param config the configuration file; null: there is none
   * @param problems gets everything that is wrong; a policy with a mistake never counts as no
   *     policy
   */
  static List<Policy> readAll(Path home, @Nullable Path config, List<Problem> problems) {
    Set<Path> files = new LinkedHashSet<>(List.of(home.resolve("conf").resolve(NAME)));
    if (config != null) {
      files.add(config.toAbsolutePath().normalize().resolveSibling(NAME));
    }
    List<Policy> policies = new ArrayList<>();
    for (Path file : files) {
      // an unreadable folder must not count as one without a policy
      if (!Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
        policies.add(new PolicyFile(file, home, problems).read());
      }
    }
    return policies;
  }

  private Policy read() {
    Config config = ConfigFactory.empty();
    try (Opened opened = SafeFiles.openRegular(file)) {
      // whoever can change the file decides what root runs
      new Trust(home)
          .problem(opened)
          .ifPresent(why -> problem("", "a policy that only its owner can change", why));
      config =
          ConfigFactory.parseString(
                  opened.text(MAX_BYTES), OPTIONS.setOriginDescription(file.toString()))
              .resolve(ConfigResolveOptions.noSystem());
      if (config.isEmpty() && problems.isEmpty()) {
        // somebody may be writing the file at this moment
        problem("", "rules, or no such file if nothing is restricted", "none");
      }
    } catch (IOException e) {
      problem("", "a policy that can be read", "one that can't: " + why(e));
    } catch (ConfigException e) {
      problem("", "HOCON", ConfigReader.message(e));
    }
    return policy(config);
  }

  private static String why(IOException e) {
    String reason = e instanceof FileSystemException failure ? failure.getReason() : null;
    return reason == null ? FileReason.of(e) : reason;
  }

  private Policy policy(Config config) {
    ConfigReader reader = new ConfigReader(config, home);
    for (Map.Entry<String, ConfigValue> entry : config.root().entrySet()) {
      if (!KEYS.contains(entry.getKey())) {
        problem(
            entry.getKey(),
            Suggestion.expected(entry.getKey(), KEYS),
            "an unknown key" + ConfigReader.place(entry.getValue()));
      } else if (entry.getValue().valueType() == ConfigValueType.NULL) {
        problem(
            entry.getKey(),
            "a value, or no such line",
            "null" + ConfigReader.place(entry.getValue()));
      }
    }
    Function<String, Glob> glob = Glob::new;
    Function<String, RepositoryPattern> repository = text -> new RepositoryPattern(text, home);
    Policy policy =
        new Policy(
            file,
            new Policy.Rule<>(
                patterns(reader, "allow-namespaces", ALL, glob),
                patterns(reader, "deny-namespaces", List.of(), glob)),
            new Policy.Rule<>(
                patterns(reader, "allow-repositories", ALL, repository),
                patterns(reader, "deny-repositories", List.of(), repository)),
            patterns(reader, "allow-refs", ALL, glob),
            new Policy.Rule<>(
                patterns(reader, "allow-measurements", ALL, glob),
                patterns(reader, "deny-measurements", List.of(), glob)),
            patterns(reader, "allow-users", ALL, glob),
            new Policy.Rule<>(
                patterns(reader, "allow-log-files", ALL, glob),
                patterns(reader, "deny-log-files", List.of(), glob)),
            duration(reader, "min-interval", Duration.ofSeconds(1)),
            duration(reader, "max-timeout", NO_LIMIT),
            !reader.has("allow-streams") || reader.bool("allow-streams"),
            patterns(reader, "allow-keep", List.of(), repository),
            arguments(config));
    reader.problems().forEach(p -> problem(p.key(), p.expected(), p.found()));
    return policy;
  }

  private static Duration duration(ConfigReader reader, String key, Duration otherwise) {
    return reader.has(key) ? reader.duration(key, Duration.ofSeconds(1)) : otherwise;
  }

  private <T> List<T> patterns(
      ConfigReader reader, String key, List<String> otherwise, Function<String, T> pattern) {
    List<T> patterns = new ArrayList<>();
    for (String text : reader.has(key) ? reader.strings(key) : otherwise) {
      T one = pattern(key, text, reader.place(key), pattern);
      if (one != null) {
        patterns.add(one);
      }
    }
    return patterns;
  }

  private <T> @Nullable T pattern(
      String key, String text, String place, Function<String, T> pattern) {
    try {
      if (text.isBlank()) {
        throw new IllegalArgumentException("an empty one");
      }
      return pattern.apply(text.strip());
    } catch (IllegalArgumentException e) {
      problem(key, "patterns", '"' + text + "\": " + e.getMessage() + place);
      return null;
    }
  }

  private List<Policy.Arguments> arguments(Config config) {
    List<Policy.Arguments> all = new ArrayList<>();
    ConfigValue value = config.root().get("arguments");
    if (value == null || value.valueType() == ConfigValueType.NULL) {
      return all;
    }
    if (!(value instanceof ConfigObject block)) {
      problem("arguments", "a block of repositories and lists", ConfigReader.found(value));
      return all;
    }
    block.forEach(
        (repository, lists) -> {
          String key = "arguments.\"" + repository + '"';
          RepositoryPattern pattern =
              pattern(
                  key,
                  repository,
                  ConfigReader.place(lists),
                  text -> new RepositoryPattern(text, home));
          if (!(lists instanceof ConfigList list)
              || !list.stream().allMatch(one -> one.valueType() == ConfigValueType.STRING)) {
            problem(
                key, "a list of strings, like [\"\", \"status all\"]", ConfigReader.found(lists));
          } else if (pattern != null) {
            all.add(new Policy.Arguments(pattern, list.stream().map(PolicyFile::words).toList()));
          }
        });
    return all;
  }

  /** Splits arguments like an item's parameters. */
  private static List<String> words(ConfigValue text) {
    String words = String.valueOf(text.unwrapped()).strip();
    return words.isEmpty() ? List.of() : List.of(words.split("\\s+"));
  }

  private void problem(String key, String expected, String found) {
    problems.add(new Problem(key.isEmpty() ? file.toString() : file + ": " + key, expected, found));
  }
}
