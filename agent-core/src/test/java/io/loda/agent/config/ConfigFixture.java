package io.loda.agent.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.loda.common.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Loads configurations written in a test. */
final class ConfigFixture {

  static final Path HOME = Path.of("/opt/agent");

  private final Path folder;
  private final Map<String, String> environment;

  ConfigFixture(Path folder, Map<String, String> environment) {
    this.folder = folder;
    this.environment = environment;
  }

  ConfigFixture(Path folder) {
    this(folder, Map.of());
  }

  Path file(String text) {
    try {
      return Files.writeString(folder.resolve("agent.conf"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  AgentConfig load(String text) throws ConfigException {
    return load(text, Map.of());
  }

  AgentConfig load(String text, Map<String, String> flags) throws ConfigException {
    return new ConfigLoader(HOME, environment, true).load(file(text), flags);
  }

  /** What is said of a configuration that is wrong. */
  List<String> problems(String text) {
    return problems(text, Map.of());
  }

  List<String> problems(String text, Map<String, String> flags) {
    Path file = folder.resolve("agent.conf");
    return catchThrowableOfType(ConfigException.class, () -> load(text, flags)).problems().stream()
        // each names the file that the test wrote
        .map(problem -> problem.toString().replace("(" + file + ", line ", "(line "))
        .toList();
  }
}
