package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.config.Configs;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.process.GroupLimits;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.result.RunResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent in a container doesn't see all processes that count for its plugins' user. */
class HiddenProcessesIT {

  private static final int HIDDEN = 60;

  @TempDir private Path folder;

  /** Runs a plugin that starts another program. */
  static final class Agent {

    private Agent() {}

    public static void main(String[] arguments) throws Exception {
      Path runs = Files.createDirectories(Path.of(arguments[0]));
      PluginsConfig config =
          new PluginsConfig(runs.resolve("data"))
              .limits(Configs.limits(Duration.ofSeconds(60), 1L << 30, 256, HIDDEN / 3, 64L << 20));
      try (ScriptRuns plugins =
          new ScriptRuns(runs, config, new RunGroups(null, GroupLimits.NONE))) {
        RunResult result = plugins.script("sleep 0.1");
        System.out.println(result.outcome() + " " + result.detail());
      }
      System.exit(0);
    }
  }

  @Test
  void keepNoPluginFromStarting() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can make a PID namespace: not run");
    Process outside =
        new ProcessBuilder(
                "setpriv",
                "--reuid=nobody",
                "--regid=nogroup",
                "--clear-groups",
                "sh",
                "-c",
                "for i in $(seq " + HIDDEN + "); do sleep 1000 & done; wait")
            .start();
    try {
      await().until(() -> outside.descendants().count() == HIDDEN);

      Process agent =
          new ProcessBuilder(
                  OwnJvm.command(
                      folder,
                      List.of("unshare", "--pid", "--fork", "--mount-proc"),
                      Agent.class,
                      folder.resolve("runs").toString()))
              .redirectError(folder.resolve("log").toFile())
              .start();

      assertThat(agent.inputReader().readLine()).isEqualTo("OK ");
    } finally {
      outside.descendants().forEach(ProcessHandle::destroyForcibly);
      outside.destroyForcibly();
    }
  }
}
