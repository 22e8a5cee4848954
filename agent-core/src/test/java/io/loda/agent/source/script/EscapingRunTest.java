package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.config.Configs;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.process.GroupLimits;
import io.loda.agent.source.script.process.OutputPipes;
import io.loda.agent.source.script.process.PlainProcess;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.ProcessUser;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a plugin starts, it comes back in time and leaves nothing. */
class EscapingRunTest {

  private static final Duration TIMEOUT = Duration.ofMillis(500);

  /** Other test runs on the machine have other ones. */
  private static final long FIRST_ID = 58_000 + ProcessHandle.current().pid() % 900;

  private Path folder;
  private ScriptRuns runs;

  @BeforeEach
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    runs = new ScriptRuns(folder);
  }

  @AfterEach
  void close() {
    runs.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "while :; do :; done",
        "sleep 1000",
        "trap '' TERM; while :; do sleep 0.05; done",
        "trap '' TERM HUP INT; (trap '' TERM; sleep 1000) & while :; do wait; done",
        "setsid sleep 1000 & sleep 1000",
        "(setsid sh -c 'trap \"\" TERM; sleep 1000 & wait' &) ; sleep 1000",
        "while :; do echo error >&2; done",
        "kill -STOP $$",
      })
  void endsAtItsTimeOut(String script) throws Exception {
    RunResult result = runs.run(runs.plugin(script), TIMEOUT);

    assertThat(result.outcome()).as(result.toString()).isEqualTo(RunResult.Outcome.TIMEOUT);
    assertThat(result.detail()).isEqualTo("ran longer than its time-out of 500 ms");
    assertThat(result.duration()).isBetween(TIMEOUT, Duration.ofSeconds(30));
    assertThat(runs.alive()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sleep 1000 & exit 0",
        "setsid sleep 1000 & exit 0",
        "(setsid sh -c 'sleep 1000 & sleep 1000' &); exit 0",
        "trap '' TERM; setsid sh -c 'sleep 1000; echo' >/dev/null 2>&1 & exit 0",
      })
  void whatItLeavesRunningEndsWithIt(String script) throws Exception {
    RunResult result = runs.script("echo '[{\"name\":\"a\",\"value\":1}]'", script);

    assertThat(result.ok()).as(result.toString()).isTrue();
    assertThat(result.metrics()).hasSize(1);
    assertThat(result.duration()).isLessThan(Duration.ofSeconds(30));
    assertThat(runs.alive()).isEmpty();
  }

  @Test
  void whoMayLeaveItsGroupIsEndedToo() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root may leave a group of root's: not run");
    try (ScriptRuns root =
        new ScriptRuns(
            folder, new PluginsConfig(folder.resolve("root")).user("root").allowRoot())) {
      String top = "\"$(awk '/ - cgroup2 /{print $5; exit}' /proc/self/mountinfo)\"/cgroup.procs";
      assertThat(root.script(":").ok()).isTrue();
      assumeTrue(
          root.runner.cage().startsWith("control groups"),
          "no control groups can be made here: not run");
      Path pid = root.scratch().resolve("pid");

      RunResult result =
          root.script(
              "(echo 0 >"
                  + top
                  + "; exec env -i setsid sh -c 'echo $$ >"
                  + pid
                  + "; sleep 1000') &",
              "until [ -s " + pid + " ]; do sleep 0.05; done");

      assertThat(result.ok()).as("%s", result).isTrue();
      assertThat(result.usage().leftovers()).isEqualTo(2);
      assertThat(StreamFixture.isAlive(Files.readString(pid).strip())).isFalse();
    }
  }

  @Test
  void forkBombIsLimitedAndEnds() throws Exception {
    try (ScriptRuns limited =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("limited"))
                .limits(Configs.limits(Duration.ofSeconds(60), 1L << 30, 256, 60, 64L << 20)))) {
      RunResult result =
          limited.run(
              limited.plugin("bomb() { bomb & bomb & wait; }", "bomb 2>/dev/null", "sleep 1000"),
              TIMEOUT);

      // a shell that can't fork gives up, some wait: either way it ends
      assertThat(result.ok()).as(result.toString()).isFalse();
      assertThat(limited.alive()).isEmpty();
    }
  }

  /** A shell that can't fork gives up, and all is free again; this one doesn't. */
  @Test
  void runThatLeavesTheOthersNoProcessesIsEnded() throws Exception {
    try (ScriptRuns limited =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("limited"))
                // what others run as nobody would count
                .userIds(FIRST_ID, FIRST_ID + 9)
                .limits(Configs.limits(Duration.ofSeconds(60), 1L << 30, 256, 64, 64L << 20)))) {
      assertThat(limited.script(":").ok()).isTrue();
      assumeTrue(
          limited.runner.cage().startsWith("control groups"),
          "no control groups can be made here: not run");
      Path go = limited.scratch().resolve("go");
      Path multiplies = Files.createDirectory(folder.resolve("multiplies"));
      ScriptRuns.write(
          multiplies.resolve("plugin.sh"),
          "#!/usr/bin/env python3",
          "import os, time",
          "while True:",
          "  try:",
          "    if os.fork() == 0:",
          "      time.sleep(1000)",
          "  except OSError:",
          "    time.sleep(0.01)");
      Future<RunResult> beside =
          limited.start(limited.plugin("until [ -e " + go + " ]; do :; done"), ScriptRuns.DEADLINE);

      RunResult result = limited.run(multiplies, Duration.ofSeconds(30));
      Files.createFile(go);

      assertThat(result.outcome()).as(result.toString()).isEqualTo(RunResult.Outcome.EXIT);
      assertThat(result.detail()).contains("plugins.limits.processes");
      assertThat(ScriptRuns.await(beside).ok()).isTrue();
      assertThat(limited.alive()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yes & exit 0",
        "setsid yes & exit 0",
        "yes >&2 & exit 0",
        "yes & yes >&2 & exit 0"
      })
  void floodOfAGrandchildNeitherHangsNorTakesMemory(String script) throws Exception {
    Path plugin = runs.plugin(script);
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    try (OutputPipes pipes = new OutputPipes(folder.resolve("pipes"))) {
      PlainProcess process =
          new PlainProcess(
              pipes,
              List.of("setsid", plugin.resolve("plugin.sh").toString()),
              plugin,
              java.util.Map.of("PATH", "/usr/bin:/bin"),
              ScriptRuns.DEADLINE,
              1 << 20);
      long before = threads.getCurrentThreadAllocatedBytes();

      RunResult result = process.run();

      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(32L << 20);
      assertThat(result.outcome()).isIn(RunResult.Outcome.OK, RunResult.Outcome.OUTPUT_TOO_LARGE);
      assertThat(result.duration()).isLessThan(ScriptRuns.DEADLINE);
      assertThat(process.output()).hasSizeLessThan(2 << 20);
    }
  }

  @Test
  void closingEndsWhatRunsAndWhatWaits() throws Exception {
    try (ScriptRuns few =
        new ScriptRuns(
            folder, new PluginsConfig(folder.resolve("few")).maxConcurrent(2).maxRuns(2))) {
      Path started = few.scratch().resolve("started");
      Path plugin = few.plugin("touch " + started, "setsid sleep 1000 & sleep 1000");
      List<Future<RunResult>> results =
          IntStream.range(0, 4).mapToObj(i -> few.start(plugin, Duration.ofHours(1))).toList();
      await().atMost(ScriptRuns.DEADLINE).until(() -> Files.exists(started));

      ScriptRuns.await(few.runner.close());

      assertThat(results).allMatch(Future::isComplete);
      assertThat(results.stream().map(result -> result.result().outcome()))
          .containsOnly(RunResult.Outcome.TIMEOUT, RunResult.Outcome.START_FAILED);
      assertThat(results.stream().map(result -> result.result().detail()))
          .anyMatch(detail -> detail.startsWith("ended because the agent stops"))
          .contains("the agent stops");
      assertThat(few.alive()).isEmpty();
      assertThat(few.folder.resolve("few/.pipes")).isEmptyDirectory();
      assertThat(few.run(plugin).detail()).isEqualTo("the agent stops");
    }
  }

  @Test
  void runThatIsCancelledBeforeItBeganEnds() throws Exception {
    try (OutputPipes pipes = new OutputPipes(folder.resolve("pipes"))) {
      PlainProcess process =
          new PlainProcess(
              pipes,
              List.of("setsid", "sleep", "1000"),
              folder,
              java.util.Map.of("PATH", "/usr/bin:/bin"),
              ScriptRuns.DEADLINE,
              1 << 20);
      process.cancel();

      assertThat(process.run().outcome()).isEqualTo(RunResult.Outcome.TIMEOUT);
    }
  }

  /** A larger limit on processes is for whom others of his user leave none. */
  @Test
  void whoSaysThatHisUserHasTooManyProcessesIsRunOnce() throws Exception {
    Path count = runs.scratch().resolve("count");
    Path plugin =
        runs.plugin(
            "echo >>" + count,
            "echo \"setpriv: failed to execute $0: Resource temporarily unavailable\" >&2",
            "exit 126");

    RunResult result = runs.run(plugin);

    assertThat(result.ok()).isFalse();
    assertThat(count).hasSize(1);
  }

  /** Each in a session of its own, deaf to all signals, and with no environment. */
  @Test
  void whatMultipliesInSessionsOfItsOwnEndsWithoutControlGroupsToo() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root gives plugins users of their own");
    try (ScriptRuns bombs =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("bombs"))
                .userIds(FIRST_ID + 10, FIRST_ID + 19)
                .limits(Configs.limits(Duration.ofSeconds(60), 1L << 30, 256, 100, 64L << 20)),
            new RunGroups(null, GroupLimits.NONE))) {
      Path bomb = bombs.plugin("");
      ScriptRuns.write(
          bomb.resolve("plugin.sh"),
          "#!/usr/bin/env python3",
          "import os, resource, time",
          "resource.setrlimit(resource.RLIMIT_RSS, (1 << 40, 1 << 40))",
          "while True:",
          "  try:",
          "    if os.fork() == 0: os.setsid()",
          "  except OSError: time.sleep(0.001)");

      RunResult result = bombs.run(bomb, TIMEOUT);

      assertThat(result.ok()).isFalse();
      List<Path> left = new ArrayList<>();
      ProcessStat.forEach(
          (process, stat) -> {
            if (!stat.ended()
                && ProcessUser.ids(process).stream()
                    .anyMatch(id -> id >= FIRST_ID + 10 && id < FIRST_ID + 20)) {
              left.add(process);
            }
          });
      assertThat(left).isEmpty();
    }
  }
}
