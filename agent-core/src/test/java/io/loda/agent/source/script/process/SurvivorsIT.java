package io.loda.agent.source.script.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.OwnJvm;
import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.result.RunResult;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A child that became root, as by sudo, under an agent that isn't. */
class SurvivorsIT {

  private static final Pattern LEFT = Pattern.compile("process (?<pid>\\d+) of user root");

  @TempDir private Path folder;

  /** Runs plugins as whoever it runs as. */
  static final class Agent {

    private Agent() {}

    public static void main(String[] arguments) throws Exception {
      Path runs = Files.createDirectories(Path.of(arguments[0]));
      try (ScriptRuns plugins =
          new ScriptRuns(
              runs,
              new PluginsConfig(runs.resolve("data")),
              new RunGroups(null, GroupLimits.NONE))) {
        RunResult first =
            plugins.script(
                arguments[1] + " --reuid=0 --regid=0 --clear-groups sleep 1000 >/dev/null 2>&1 &",
                "sleep 0.5; exit 0");
        System.out.println(first.outcome() + " " + plugins.counters.get(Survivors.COUNTER));
        RunResult second = plugins.script("echo '[]'");
        System.out.println(second.outcome() + " " + second.detail());
        while (System.in.read() != '\n') {
          // until it was ended by hand
        }
        System.out.println(plugins.script("echo '[]'").outcome());
      }
      System.exit(0);
    }
  }

  @Test
  void isSaidAndItsPluginIsNotRunBesideIt() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can become another user: not run");
    Path becomesRoot = Files.copy(Path.of("/usr/bin/setpriv"), folder.resolve("becomes-root"));
    Files.setPosixFilePermissions(becomesRoot, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setAttribute(becomesRoot, "unix:mode", 04755);
    Process agent =
        new ProcessBuilder(
                OwnJvm.command(
                    folder,
                    OwnJvm.AS_ANOTHER_USER,
                    Agent.class,
                    folder.resolve("runs").toString(),
                    becomesRoot.toString()))
            .redirectError(folder.resolve("log").toFile())
            .start();
    try (BufferedReader said = agent.inputReader()) {
      assertThat(said.readLine()).isEqualTo("OK 1");
      String second = said.readLine();
      assertThat(second)
          .startsWith("START_FAILED refused: processes of an earlier run can't be ended: ");
      Matcher left = LEFT.matcher(second);
      assertThat(left.find()).as(second).isTrue();

      Survivor survivor = Survivor.of(Long.parseLong(left.group("pid")));
      ProcessHandle.of(survivor.pid()).orElseThrow().destroyForcibly();
      // the kernel ends it when it gets to that
      await().atMost(Duration.ofSeconds(60)).until(() -> !survivor.isAlive());
      agent.getOutputStream().write('\n');
      agent.getOutputStream().flush();

      assertThat(said.readLine()).isEqualTo("OK");
    } finally {
      agent.destroyForcibly();
    }
  }
}
