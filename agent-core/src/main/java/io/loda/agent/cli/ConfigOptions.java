package io.loda.agent.cli;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.agent.config.Policy;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that choose the configuration, which are the same for each command. */
public final class ConfigOptions {

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "The configuration; default: conf/agent.conf of the installation.")
  private @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One key of the configuration, over file and environment.")
  private Map<String, String> flags = new LinkedHashMap<>();

  public AgentConfig load() throws ConfigException {
    return load(Map.of());
  }

  /** Loads the configuration; these keys override everything that was given. */
  public AgentConfig load(Map<String, String> over) throws ConfigException {
    Map<String, String> all = new LinkedHashMap<>(flags);
    all.putAll(over);
    return loader().load(chosen(), all);
  }

  /** Reads the current policies of the host's owner; blocks. */
  public List<Policy> policies() throws ConfigException {
    return loader().policies(chosen());
  }

  private static ConfigLoader loader() {
    return new ConfigLoader(home(), System.getenv(), PluginUser.ownUid() == 0);
  }

  private @Nullable Path chosen() {
    Path standard = home().resolve("conf").resolve("agent.conf");
    return file != null ? file : Files.exists(standard) ? standard : null;
  }

  /** Returns the given options, for another command. */
  public List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    if (file != null) {
      arguments.addAll(List.of("-f", file.toAbsolutePath().toString()));
    }
    flags.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
    return arguments;
  }

  /** Returns the installation's folder, which the launcher sets. */
  public static Path home() {
    return Path.of(System.getProperty("agent.home", "."));
  }
}
