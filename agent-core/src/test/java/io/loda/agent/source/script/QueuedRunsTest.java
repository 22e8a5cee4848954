package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.files.Trust;
import io.loda.agent.source.PluginRun;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import io.vertx.core.Future;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real plugins beside each other: some hang, some burn processor time. */
class QueuedRunsTest {

  private static final Duration LONG = Duration.ofHours(1);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {24, 63})
  void onesThatHangKeepNoneFromStarting(int hanging) throws Exception {
    try (ScriptRuns runs = new ScriptRuns(folder)) {
      Path dead = runs.plugin("exec sleep 1000");
      Path healthy = runs.plugin("echo '[{\"name\":\"a\",\"value\":1}]'");
      List<Future<RunResult>> hang =
          IntStream.range(0, hanging).mapToObj(i -> runs.start("p" + i, dead, LONG)).toList();

      RunResult result = runs.run(healthy, LONG);

      assertThat(result.outcome()).isEqualTo(RunResult.Outcome.OK);
      assertThat(hang).noneMatch(Future::isComplete);
      await()
          .atMost(ScriptRuns.DEADLINE)
          .until(
              () -> runs.alive().stream().filter(p -> p.contains("sleep 1000")).count() == hanging);
    }
  }

  @Test
  void thoseThatBurnDoSoAFewAtATime() throws Exception {
    try (ScriptRuns runs =
        new ScriptRuns(folder, new PluginsConfig(folder.resolve("data")).maxConcurrent(2))) {
      Path log = runs.scratch();
      Path burns =
          runs.plugin(
              "mkdir " + log + "/run.$$",
              "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done",
              "ls -d " + log + "/run.* | wc -l > " + log + "/count.$$",
              "rmdir " + log + "/run.$$; echo '[]'");
      List<Future<RunResult>> all =
          IntStream.range(0, 8).mapToObj(i -> runs.start("p" + i, burns, LONG)).toList();
      all.forEach(run -> assertThat(ScriptRuns.await(run).ok()).isTrue());

      try (DirectoryStream<Path> counts = Files.newDirectoryStream(log, "count.*")) {
        for (Path count : counts) {
          assertThat(Integer.parseInt(Files.readString(count).strip())).isBetween(1, 2);
        }
      }
    }
  }

  @Test
  void whoseLastRunWasATimeOutLeavesHalfOfThePlaces() throws Exception {
    try (ScriptRuns runs =
        new ScriptRuns(
            folder, new PluginsConfig(folder.resolve("data")).maxConcurrent(2).maxRuns(2))) {
      ScriptSource first = source(runs, runs.plugin("exec sleep 1000"), Duration.ofSeconds(1));
      ScriptSource second = source(runs, runs.plugin("exec sleep 1000"), Duration.ofSeconds(1));
      for (ScriptSource source : List.of(first, second)) {
        assertThat(ScriptRuns.await(source.collect()).problem()).startsWith("timeout");
      }
      ScriptSource healthy = source(runs, runs.plugin("echo '[]'"), LONG);
      Future<?> one = first.collect();
      Future<?> two = second.collect();

      assertThat(second.isQueued()).isTrue();
      assertThat(ScriptRuns.await(healthy.collect()).problem()).isEmpty();
      ScriptRuns.await(Future.all(one, two));
    }
  }

  @Test
  void howLateItBeganIsSaid() throws Exception {
    try (ScriptRuns runs =
        new ScriptRuns(
            folder, new PluginsConfig(folder.resolve("data")).maxConcurrent(1).maxRuns(1))) {
      Path go = runs.scratch().resolve("go");
      Future<RunResult> before =
          runs.start(runs.plugin("until [ -e " + go + " ]; do sleep 0.02; done"), LONG);
      ScriptSource source = source(runs, runs.plugin("echo '[]'"), LONG);
      long due = System.nanoTime() - Duration.ofSeconds(3).toNanos();
      var collected = source.collect(due);
      assertThat(source.isQueued()).isTrue();
      Files.createFile(go);
      ScriptRuns.await(before);

      PluginRun run = Objects.requireNonNull(ScriptRuns.await(collected).run());

      assertThat(run.ok()).isTrue();
      assertThat(run.lateMillis()).isBetween(3000L, 60_000L);
      assertThat(source.isQueued()).isFalse();
      PluginRun byHand =
          Objects.requireNonNull(
              ScriptRuns.await(source.runOnDemand(List.of(), LONG)).collected().run());
      assertThat(byHand.lateMillis()).isZero();
    }
  }

  @Test
  void whatIsTakenAwayWhileItIsQueuedEndsAtOnce() throws Exception {
    try (ScriptRuns runs =
        new ScriptRuns(
            folder, new PluginsConfig(folder.resolve("data")).maxConcurrent(1).maxRuns(1))) {
      Future<RunResult> before = runs.start(runs.plugin("exec sleep 1000"), LONG);
      ScriptSource source = source(runs, runs.plugin("echo '[]'"), LONG);
      var collected = source.collect();
      assertThat(source.isQueued()).isTrue();

      source.cancel();

      assertThat(ScriptRuns.await(collected).problem()).contains("the agent stops");
      assertThat(before.isComplete()).isFalse();
    }
  }

  private ScriptSource source(ScriptRuns runs, Path plugin, Duration interval) {
    return ScriptSource.ofFolder(
        new Assignment.Script(
            "my.ns",
            plugin.getFileName().toString(),
            "path:x",
            plugin.getFileName().toString(),
            List.of(),
            interval),
        runs.runner,
        plugin,
        folder.resolve("copies").resolve(plugin.getFileName()),
        Trust.everybody(),
        new Discards(new Counters(), System::nanoTime));
  }
}
