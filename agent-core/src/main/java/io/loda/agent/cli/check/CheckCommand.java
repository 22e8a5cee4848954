package io.loda.agent.cli.check;

import io.loda.agent.assembly.MemoryPlan;
import io.loda.agent.assembly.OwnPlaces;
import io.loda.agent.cli.ConfigOptions;
import io.loda.agent.cli.NotDone;
import io.loda.agent.cli.Terminal;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Policy;
import io.loda.agent.delivery.spool.LeftSpool;
import io.loda.agent.delivery.spool.SpoolFiles;
import io.loda.agent.delivery.spool.SpoolMove;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.config.ConfigException;
import io.loda.common.config.SecretFile;
import io.loda.common.files.FileReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code agent check}: reads the configuration, and writes everything that is wrong with it. */
@Command(name = "check", description = "Checks the configuration.")
public final class CheckCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Override
  public Integer call() throws ConfigException, PluginUser.BadUser, NotDone, InterruptedException {
    AgentConfig config = options.load();
    PluginUser user =
        PluginUser.of(config.plugins(), PluginUser.ownUid()).allowedBy(config.policies());
    Optional<String> tooLarge = MemoryPlan.problem(config);
    if (tooLarge.isPresent()) {
      throw new NotDone(NotDone.USAGE, tooLarge.get());
    }
    config.notices().forEach(notice -> say("warning: " + notice));
    for (Policy policy : config.policies()) {
      say("the policy " + policy.file() + " holds");
      user.weakPlace(policy.file())
          .ifPresent(place -> say("warning: plugins run as a user who can change " + place));
    }
    leftSpools(config).forEach(line -> say("warning: " + line));
    OwnPlaces.hidden(config, user).ifPresent(line -> say("warning: " + line));
    List<String> missing = new ArrayList<>(missingFiles(config));
    OwnPlaces.problem(config).ifPresent(missing::add);
    missing.forEach(line -> Terminal.complain(spec, line));
    boolean good =
        new RegistryCheck(config, this::say, line -> Terminal.complain(spec, line)).run();
    if (!good || !missing.isEmpty()) {
      return 2;
    }
    say("the configuration is good; data folder " + config.host().dataDir());
    return 0;
  }

  private static List<String> leftSpools(AgentConfig config) {
    Path data = config.host().dataDir();
    try {
      if (new SpoolMove(data).isInterrupted()) {
        // until it is finished, the moved points are still listed
        return List.of(
            "spool: a move was interrupted: the agent's start finishes it, or agent spool ls while"
                + " no agent runs");
      }
      List<String> left = new ArrayList<>();
      for (LeftSpool spool : LeftSpool.find(data, config.outputs().keySet())) {
        left.add(spool.toString());
      }
      if (config.delivery().durability().equals("memory")) {
        for (String output : config.outputs().keySet()) {
          new SpoolFiles(data, output).unsent(output).ifPresent(left::add);
        }
      }
      return left;
    } catch (IOException e) {
      return List.of("can't see what waits on disk: " + FileReason.of(e));
    }
  }

  private void say(String line) {
    Terminal.say(spec, line);
  }

  /** Finds files without which an agent starts but does less. */
  private static List<String> missingFiles(AgentConfig config) {
    Map<String, Path> files = new LinkedHashMap<>();
    put(files, "registry.http.auth-file", path(config.registry().authFile()));
    put(files, "plugins.keyring", config.plugins().git().keyring());
    put(files, "plugins.ssh.key", config.plugins().git().sshKey());
    config
        .outputs()
        .forEach(
            (name, output) ->
                output
                    .settings()
                    .files()
                    .forEach((key, file) -> files.put("outputs." + name + "." + key, file)));
    return files.entrySet().stream()
        .filter(file -> !Files.isReadable(file.getValue()))
        .map(
            file ->
                file.getKey()
                    + ": expected a file that can be read, found none: "
                    + file.getValue())
        .toList();
  }

  private static void put(Map<String, Path> files, String key, @Nullable Path file) {
    if (file != null) {
      files.put(key, file);
    }
  }

  private static @Nullable Path path(@Nullable SecretFile file) {
    return file == null ? null : file.path();
  }
}
