package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.config.Configs;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.result.RunResult;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a run at a limit, and of those beside it. */
class RunLimitsTest {

  private static final int PROCESSES = 20;
  private ScriptRuns runs;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    runs =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("data"))
                .limits(Configs.limits(Duration.ofSeconds(1), 512L << 20, 64, PROCESSES, 1 << 20)));
  }

  @AfterEach
  void close() {
    runs.close();
  }

  @Test
  void processorTimeThatIsUsedUpIsSaid() throws Exception {
    RunResult result = runs.script("while :; do :; done");

    assertThat(result.outcome()).as("%s", result).isEqualTo(RunResult.Outcome.EXIT);
    assertThat(result.detail())
        .isEqualTo("ended by signal 24: it took all the time of plugins.limits.cpu");
  }

  @Test
  void whoIgnoresThatIsEndedAllTheSame() throws Exception {
    RunResult result = runs.script("trap '' XCPU", "while :; do :; done");

    assertThat(result.outcome()).as("%s", result).isEqualTo(RunResult.Outcome.EXIT);
    assertThat(result.detail()).isEqualTo("ended by signal 9");
  }

  @Test
  void fileThatBecomesTooLargeIsSaid() throws Exception {
    RunResult result = runs.script("exec head -c 2000000 /dev/zero >\"$PLUGIN_SCRATCH/x\"");

    assertThat(result.detail())
        .isEqualTo(
            "ended by signal 25: a file would have become larger than plugins.limits.file-size");
  }

  @Test
  void pluginThatTakesAllProcessesDoesNotKeepAnotherFromIts() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can give plugins a user of their own: not run");
    Path full = runs.scratch().resolve("full");
    Future<RunResult> greedy =
        runs.start(
            runs.plugin(
                "for i in $(seq " + PROCESSES + "); do sleep 1000 & done 2>/dev/null &",
                // the shell in the background ends when it can't fork any more
                "wait",
                "echo >" + full,
                "exec sleep 1000"),
            ScriptRuns.DEADLINE);
    await().atMost(ScriptRuns.DEADLINE).until(() -> Files.exists(full));
    assertThat(greedy.isComplete()).isFalse();

    for (int i = 0; i < 3; i++) {
      RunResult result = runs.script("n=$(echo 1)", "echo '[{\"name\":\"a\",\"value\":'$n'}]'");

      assertThat(result.ok()).as("%s", result).isTrue();
      assertThat(result.metrics()).hasSize(1);
    }
  }
}
