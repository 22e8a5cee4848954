package io.loda.agent.cli.service;

import io.loda.agent.assembly.DataFolder;
import io.loda.agent.cli.AgentApi;
import io.loda.agent.cli.ConfigOptions;
import io.loda.agent.cli.NotDone;
import io.loda.agent.cli.Terminal;
import io.loda.agent.config.AgentConfig;
import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.Trust;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Starts an agent that goes on after this process ends: it has a session of its own, and its log is
 * in a file that is rolled. It returns when that agent answers or has failed.
 */
final class BackgroundStart {

  /** Longer than the agent's own deadline, so that the agent can say what failed. */
  private static final Duration PATIENCE = Duration.ofSeconds(75);

  private static final int LOOK_MILLIS = 50;

  private final CommandSpec spec;
  private final AgentConfig config;
  private final List<String> arguments;
  private final Trust trust;

  /**
   * Prepares a start.
   *
   * @param trust the owners whose folders are accepted
   * @param arguments the given options of the configuration
   */
  BackgroundStart(CommandSpec spec, AgentConfig config, Trust trust, List<String> arguments) {
    this.trust = trust;
    this.spec = spec;
    this.config = config;
    this.arguments = arguments;
  }

  /** Starts the agent; returns the exit code. */
  int run() throws IOException, InterruptedException {
    Path folder = config.host().dataDir();
    Path log = config.log().file() == null ? folder.resolve("agent.log") : config.log().file();
    Path errors = folder.resolve("agent.err");
    try {
      OptionalLong holder = DataFolder.holder(folder);
      if (holder.isPresent()) {
        throw new NotDone(
            DataFolder.inUse("agent.data-dir", folder, Long.toString(holder.getAsLong())));
      }
      DataFolder.make(trust, "agent.data-dir", folder);
      OwnFiles.createFile(errors);
      Process agent = start(log, errors);
      if (comesUp(agent)) {
        Terminal.say(spec, "agent with pid " + agent.pid() + " started, its log is " + log);
        return 0;
      }
      Terminal.complain(
          spec, "didn't start; " + log + " may say more: " + Files.readString(errors).strip());
      agent.destroy();
      return agent.isAlive() ? 1 : Math.max(1, agent.exitValue());
    } catch (DataFolder.NotOurs | NotDone e) {
      throw e;
    } catch (IOException e) {
      throw new NotDone("didn't start: " + FileReason.of(e));
    }
  }

  private Process start(Path log, Path errors) throws IOException {
    List<String> command = new ArrayList<>();
    // in a session of its own the agent survives the end of the terminal's session
    command.add("setsid");
    command.addAll(List.of(ConfigOptions.home().resolve("bin/agent").toString(), "start"));
    command.addAll(arguments);
    command.addAll(List.of("--set", "log.file=" + log));
    if (config.outputs().values().stream().anyMatch(output -> output.type().equals("stdout"))) {
      Terminal.complain(spec, "an output of type stdout goes nowhere in the background");
    }
    return new ProcessBuilder(command)
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(errors.toFile())
        .start();
  }

  /** Waits until the agent answers or, with port 0, until it holds the data folder. */
  private boolean comesUp(Process agent) throws IOException, InterruptedException {
    AgentApi api = new AgentApi(config);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end && !agent.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      boolean up =
          config.http().listen().port() == 0
              ? DataFolder.holder(config.host().dataDir()).orElse(-1) == agent.pid()
              : api.isAnsweredBy(agent.pid());
      if (up) {
        return true;
      }
    }
    return false;
  }
}
