package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.kept.Keeper;
import io.loda.agent.source.script.process.GroupLimits;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.run.Cancellation;
import io.loda.agent.source.script.run.RunRequest;
import io.loda.agent.source.script.run.RunTurn;
import io.loda.agent.source.script.system.ProcessStat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent that is killed while a run goes on that may leave something. */
class KeptKillIT {

  @TempDir private Path folder;

  /** Runs one, as a user that all plugins share. */
  static final class Agent {

    private Agent() {}

    public static void main(String[] arguments) throws Exception {
      Path folder = Path.of(arguments[0]);
      ScriptRuns runs = start(folder);
      ScriptRuns.await(runs.runner.keepOnly(Set.of(new Keeper("ns|demo", "path:/demo", true))));
      Path pids = runs.scratch();
      // nothing of it shows whose it is: neither session nor environment
      Path plugin =
          runs.plugin(
              "env -i setsid sleep 1000 </dev/null >/dev/null 2>&1 &",
              "echo $! >" + pids + "/service; echo $$ >" + pids + "/run",
              "exec env -i sleep 1000");
      runs.runner.run(
          () -> plugin,
          new RunRequest(
              "ns",
              "demo",
              "demo",
              List.of(),
              Duration.ZERO,
              Duration.ofSeconds(1000),
              new Cancellation(),
              RunTurn.atOnce(),
              "path:/demo"),
          OutputFormat.AUTO);
      System.out.println(runs.runner.cage());
      // until it is killed
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  private static ScriptRuns start(Path folder) throws Exception {
    ScriptRuns runs =
        new ScriptRuns(
            folder, new PluginsConfig(folder.resolve("data")), RunGroups.limited(GroupLimits.NONE));
    ScriptRuns.await(runs.runner.start());
    return runs;
  }

  @Test
  void leavesNothingThatTheNextOneDoesNotKnow() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can make control groups: not run");
    Path runs = Files.createDirectory(folder.resolve("runs"));
    Process agent =
        new ProcessBuilder(OwnJvm.command(folder, List.of(), Agent.class, runs.toString()))
            .redirectError(folder.resolve("log").toFile())
            .start();
    String cage = agent.inputReader().readLine();
    assumeTrue(!cage.contains("no control group"), "no control groups can be made here");
    try {
      ProcessHandle service = process(runs.resolve("scratch/service"));
      ProcessHandle run = process(runs.resolve("scratch/run"));

      agent.destroyForcibly();
      assertThat(agent.waitFor(60, TimeUnit.SECONDS)).isTrue();
      ScriptRuns next = start(runs);
      try {
        await().atMost(ScriptRuns.DEADLINE).until(() -> !service.isAlive() && !run.isAlive());
      } finally {
        next.close();
        service.destroyForcibly();
        run.destroyForcibly();
      }
    } finally {
      agent.destroyForcibly();
    }
  }

  /** Once it is what it is to become. */
  private static ProcessHandle process(Path file) {
    await()
        .atMost(ScriptRuns.DEADLINE)
        .until(
            () ->
                Files.exists(file)
                    && Files.readString(file).endsWith("\n")
                    && Files.readString(
                            ProcessStat.folder(Long.parseLong(Files.readString(file).strip()))
                                .resolve("cmdline"))
                        .startsWith("sleep\0"));
    try {
      return ProcessHandle.of(Long.parseLong(Files.readString(file).strip())).orElseThrow();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
