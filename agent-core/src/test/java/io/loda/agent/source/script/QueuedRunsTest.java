package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.assignment.Scripts;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.files.Trust;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
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
  void startsThatHangKeepNoneFromStarting() throws Exception {
    CountDownLatch alive = new CountDownLatch(1);
    try (ScriptRuns runs =
        new ScriptRuns(folder, new PluginsConfig(folder.resolve("data")).maxConcurrent(2))) {
      Path healthy = runs.plugin("echo '[]'");
      // a folder on a disk that is dead
      List<Future<RunResult>> hang =
          IntStream.range(0, 3)
              .mapToObj(
                  i ->
                      runs.runner.run(
                          () -> {
                            alive.await();
                            return healthy;
                          },
                          ScriptRuns.dueNow("my.ns", "p" + i, List.of(), LONG, LONG),
                          OutputFormat.AUTO))
              .toList();
      try {
        assertThat(runs.run(healthy, LONG).ok()).isTrue();
        assertThat(hang).noneMatch(Future::isComplete);
      } finally {
        alive.countDown();
      }
      assertThat(hang).allMatch(run -> ScriptRuns.await(run).ok());
    }
  }

  @Test
  void aQueuedRunHasTheTimeThatTheOwnerAllowsWhenItBegins() throws Exception {
    AtomicReference<Duration> most = new AtomicReference<>(LONG);
    AgentConfig.Plugins config =
        new PluginsConfig(folder.resolve("data")).maxConcurrent(1).maxRuns(1).build();
    try (ScriptRuns runs = new ScriptRuns(folder)) {
      ScriptRunner few =
          new ScriptRunner(
              runs.vertx, config, PluginUsers.one(runs.user), most::get, new Counters());
      Path started = runs.scratch().resolve("started");
      Path go = runs.scratch().resolve("go");
      Path before = runs.plugin("touch " + started, "until [ -e " + go + " ]; do sleep 0.02; done");
      Path hangs = runs.plugin("exec sleep 1000");
      Future<RunResult> first =
          few.run(
              () -> before,
              ScriptRuns.dueNow("my.ns", "first", List.of(), LONG, LONG),
              OutputFormat.AUTO);
      Future<RunResult> queued =
          few.run(
              () -> hangs,
              ScriptRuns.dueNow("my.ns", "second", List.of(), LONG, LONG),
              OutputFormat.AUTO);
      // the first has its time already
      await().atMost(ScriptRuns.DEADLINE).until(() -> Files.exists(started));
      most.set(Duration.ofSeconds(1));
      Files.createFile(go);

      assertThat(ScriptRuns.await(first).ok()).isTrue();
      assertThat(ScriptRuns.await(queued).detail()).contains("1000 ms");
      ScriptRuns.await(few.close());
    }
  }

  @Test
  void thoseThatBurnDoSoAFewAtATime() throws Exception {
    try (ScriptRuns runs =
        new ScriptRuns(folder, new PluginsConfig(folder.resolve("data")).maxConcurrent(2))) {
      Path log = runs.scratch();
      Path burns =
          runs.plugin(
              // by what the shell does itself: one that waits for a child gives its slot back
              "cd " + log + "; : >begun.$$",
              "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done",
              "set -- begun.*; begun=$#; set -- ended.*; [ -e \"$1\" ] || set --",
              "echo $((begun - $#)) >count.$$; : >ended.$$; echo '[]'");
      List<Future<RunResult>> all =
          IntStream.range(0, 8).mapToObj(i -> runs.start("p" + i, burns, LONG)).toList();
      all.forEach(run -> assertThat(ScriptRuns.await(run).ok()).isTrue());

      // One that waits for the disk gives its slot back, too, and burns on for a moment without
      // one: a few may have met a third. Were all at once, six would have met more than two.
      List<Integer> met = new ArrayList<>();
      try (DirectoryStream<Path> counts = Files.newDirectoryStream(log, "count.*")) {
        for (Path count : counts) {
          met.add(Integer.parseInt(Files.readString(count).strip()));
        }
      }
      assertThat(met).hasSize(8).filteredOn(count -> count > 2).hasSizeLessThan(4);
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

      RunResult run = Objects.requireNonNull(ScriptRuns.await(collected).run());

      assertThat(run.ok()).isTrue();
      assertThat(run.occasion().lateMillis()).isBetween(3000L, 60_000L);
      assertThat(source.isQueued()).isFalse();
      RunResult byHand =
          Objects.requireNonNull(ScriptRuns.await(source.runOnDemand(List.of(), LONG)).run());
      assertThat(byHand.occasion().lateMillis()).isZero();
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
    return new ScriptSource(
        ScriptPlugin.inFolder(
            Scripts.script(
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
            new Discards(new Counters(), System::nanoTime)));
  }
}
