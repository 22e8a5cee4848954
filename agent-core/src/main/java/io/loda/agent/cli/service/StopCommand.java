package io.loda.agent.cli.service;

import io.loda.agent.assembly.DataFolder;
import io.loda.agent.assembly.PluginsFolder;
import io.loda.agent.cli.ConfigOptions;
import io.loda.agent.cli.NotDone;
import io.loda.agent.cli.Terminal;
import io.loda.agent.config.AgentConfig;
import io.loda.common.config.ConfigException;
import io.loda.common.files.FileReason;
import io.loda.common.files.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code agent stop}: ends the agent of a data folder, and waits until it has ended. */
@Command(name = "stop", description = "Stops the agent, and waits until it has ended.")
public final class StopCommand implements Callable<Integer> {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LOOK_MILLIS = 20;

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(
      names = {"-m", "--mode"},
      defaultValue = "normal",
      description = {
        "normal, or clean: also deletes the plugins' checkouts, scratch folders and states.",
        "Messages that wait for an output stay."
      })
  private String mode = "normal";

  @Override
  public Integer call() throws ConfigException, NotDone, InterruptedException {
    boolean clean = mode.equals("clean");
    if (!clean && !mode.equals("normal")) {
      throw new NotDone(NotDone.USAGE, "-m: expected normal or clean, found \"" + mode + '"');
    }
    AgentConfig config = options.load();
    Optional<ProcessHandle> agent;
    try {
      agent = agent(config.host().dataDir());
    } catch (IOException e) {
      throw new NotDone(
          "can't see who has the data folder: "
              + FileReason.of(e)
              + "; an agent is stopped by its own user, or root");
    }
    if (agent.isPresent()) {
      stop(agent.get());
    } else {
      Terminal.complain(spec, "no agent runs on " + config.host().dataDir());
    }
    if (clean) {
      clean(config);
    }
    return clean || agent.isPresent() ? 0 : 1;
  }

  private void clean(AgentConfig config) throws NotDone {
    Path plugins = config.plugins().dir();
    try {
      PluginsFolder.clean(plugins);
    } catch (IOException e) {
      throw new NotDone("can't clean plugins.dir " + plugins + ": " + FileReason.of(e));
    }
    Terminal.say(spec, "plugins.dir " + plugins + " is clean");
  }

  /** Returns a handle of the agent's process, which stays valid if the pid is used again. */
  private static Optional<ProcessHandle> agent(Path folder) throws IOException {
    OptionalLong pid = DataFolder.holder(folder);
    if (pid.isEmpty()) {
      return Optional.empty();
    }
    Optional<ProcessHandle> agent = ProcessHandle.of(pid.getAsLong());
    // read the pid again: the process of the handle may already be another one
    return DataFolder.holder(folder).equals(pid) ? agent : Optional.empty();
  }

  private void stop(ProcessHandle agent) throws NotDone, InterruptedException {
    if (!agent.destroy()) {
      throw new NotDone(
          "can't stop the agent with pid " + agent.pid() + ": it belongs to another user");
    }
    if (!ends(agent, PATIENCE)) {
      throw new NotDone(
          "the agent with pid "
              + agent.pid()
              + " still runs after "
              + PATIENCE.toSeconds()
              + " s; its log says what it waits for");
    }
    Terminal.say(spec, "agent with pid " + agent.pid() + " stopped");
  }

  /** Waits until the process has ended; a zombie that its parent never reaps has ended, too. */
  static boolean ends(ProcessHandle agent, Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (agent.isAlive() && Processes.runs(agent.pid())) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(LOOK_MILLIS);
    }
    return true;
  }
}
