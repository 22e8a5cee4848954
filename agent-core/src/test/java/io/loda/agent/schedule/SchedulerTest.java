package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.Scripts;
import io.loda.agent.source.script.result.RunResult;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchedulerTest {

  private final Path folder;

  SchedulerTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void anAddressThatFitsNoTemplateCostsItsOwnJobOnly() throws Exception {
    try (ScheduleFixture fixture =
        new ScheduleFixture(folder, Map.of("plugins.git-url", "https://git.example/%s.git"))) {
      await(
          fixture.scheduler.apply(
              set(
                  script("git@git.example:demo.git", "demo", 0),
                  script("path:" + folder, "local", 0))));

      List<JobStatus> jobs = await(fixture.scheduler.jobs());
      assertThat(jobs).extracting(JobStatus::state).containsExactly("refused", "waiting");
      assertThat(jobs.get(0).problem()).contains("GROUP/REPO");
    }
  }

  @Test
  void aChangedAssignmentEndsItsLastRunBeforeTheNextBegins() throws Exception {
    Path log = folder.resolve("log");
    Path before = folder.resolve("before");
    String alive = "grep -q '^State:[[:space:]]*[RSDT]' /proc/$(cat " + before + ")/status";
    Path plugin =
        plugin(
            "[ ! -e " + before + " ] || ! " + alive + " || echo meets the one before >> " + log,
            "echo $$ > " + before + "; echo start >> " + log,
            // so that its end takes a while
            "trap '' TERM; while :; do sleep 0.1; done");
    try (ScheduleFixture fixture = new ScheduleFixture(folder, Map.of())) {
      await(fixture.scheduler.apply(set(script("path:" + plugin, "demo", 2))));
      Awaitility.await().until(() -> Files.exists(log) && Files.size(log) > 0);

      Assignment.Script changed =
          Scripts.script(
              "ns", "demo", "path:" + plugin, "demo", List.of("x"), Duration.ofSeconds(2));
      await(fixture.scheduler.apply(set(changed)));

      Awaitility.await().until(() -> Files.readAllLines(log).size() >= 2);
      assertThat(Files.readAllLines(log)).startsWith("start", "start");
    }
  }

  @Test
  void whatRunsEndsWithItsAssignmentAndRaisesNoAlarm() throws Exception {
    Path log = folder.resolve("log");
    Path plugin = plugin("echo $$ > " + log + "; sleep 1000");
    String address = "path:" + plugin;
    try (ScheduleFixture fixture = new ScheduleFixture(folder, Map.of())) {
      await(fixture.scheduler.apply(set(script(address, "demo", 0))));
      Awaitility.await()
          .until(() -> await(fixture.scheduler.jobs()).get(0).state().equals("waiting"));
      Future<PluginCalls.Ran> run =
          fixture
              .scheduler
              .pluginCalls()
              .run("ns", address, null, Duration.ofMinutes(5), Duration.ZERO);
      Awaitility.await().until(() -> Files.exists(log) && Files.size(log) > 0);

      await(fixture.scheduler.apply(AssignmentSet.EMPTY));

      assertThat(await(run).result().detail())
          .isEqualTo("ended because the agent stops or the plugin was taken away");
      assertThat(Path.of("/proc", Files.readString(log).strip())).doesNotExist();
    }
  }

  @Test
  void aScheduledRunEndsWithItsAssignmentToo() throws Exception {
    Path log = folder.resolve("log");
    Path plugin = plugin("trap '' TERM; setsid sleep 1000 & echo $$ > " + log + "; sleep 1000");
    ManualTimers timers = new ManualTimers();
    try (ScheduleFixture fixture = manual(timers, Map.of())) {
      await(fixture.scheduler.apply(set(script("path:" + plugin, "demo", 3600))));
      timers.pass(Duration.ofHours(1));
      Awaitility.await().until(() -> Files.exists(log) && Files.size(log) > 0);

      await(fixture.scheduler.apply(AssignmentSet.EMPTY));

      Path process = Path.of("/proc", Files.readString(log).strip());
      Awaitility.await().until(() -> !Files.exists(process));
    }
  }

  @Test
  void aRunThatStillWaitsForItsTurnDoesNotBeginAfterItsAssignment() throws Exception {
    Path log = folder.resolve("log");
    Path go = folder.resolve("go");
    Path plugin =
        plugin("echo $PLUGIN_NAME >> " + log + "; until [ -e " + go + " ]; do sleep 0.05; done");
    Assignment first = script("path:" + plugin, "first", 3600);
    Assignment second = script("path:" + plugin, "second", 3600);
    Assignment third = script("path:" + plugin, "third", 3600);
    ManualTimers timers = new ManualTimers();
    try (ScheduleFixture fixture =
        manual(timers, Map.of("plugins.max-concurrent", "1", "plugins.max-runs", "1"))) {
      await(fixture.scheduler.apply(set(first)));
      timers.pass(Duration.ofHours(1));
      Awaitility.await().until(() -> Files.exists(log));
      await(fixture.scheduler.apply(set(first, second)));
      timers.pass(Duration.ofHours(1));

      await(fixture.scheduler.apply(set(first, third)));
      timers.pass(Duration.ofHours(1));
      Files.createFile(go);

      Awaitility.await().until(() -> Files.readAllLines(log).contains("third"));
      assertThat(Files.readAllLines(log)).doesNotContain("second");
    }
  }

  @Test
  void aRunThatWaitsForOthersIsQueuedAndNoFailure() throws Exception {
    Path log = folder.resolve("log");
    Path go = folder.resolve("go");
    Path plugin =
        plugin("echo $PLUGIN_NAME >> " + log + "; until [ -e " + go + " ]; do sleep 0.05; done");
    ManualTimers timers = new ManualTimers();
    try (ScheduleFixture fixture =
        manual(
            timers,
            Map.of(
                "plugins.max-concurrent",
                "1",
                "plugins.max-runs",
                "1",
                "plugins.breaker",
                "1",
                "plugins.max-by-hand",
                "1"))) {
      await(
          fixture.scheduler.apply(
              set(
                  script("path:" + plugin, "first", 3600),
                  script("path:" + folder.resolve("plugin/../plugin"), "second", 3600))));
      timers.pass(Duration.ofHours(3));
      Awaitility.await().until(() -> Files.exists(log));
      List<JobStatus> jobs = await(fixture.scheduler.jobs());

      assertThat(jobs).extracting(JobStatus::state).containsExactlyInAnyOrder("running", "queued");
      JobStatus queued =
          jobs.stream().filter(job -> job.state().equals("queued")).findFirst().orElseThrow();
      assertThat(queued.failures()).isZero();
      assertThat(queued.slowed()).isFalse();
      assertThat(queued.skipped()).as("ticks that found it queued").isPositive();
      Assignment.Script waits = (Assignment.Script) queued.assignment();
      assertThat(
              fixture
                  .scheduler
                  .pluginCalls()
                  .run("ns", waits.git(), null, Duration.ofSeconds(10), Duration.ZERO)
                  .toCompletionStage()
                  .toCompletableFuture())
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .withMessageContaining("plugin is queued");

      Files.createFile(go);
      Awaitility.await()
          .until(
              () ->
                  await(fixture.scheduler.jobs()).stream()
                      .allMatch(job -> job.state().equals("waiting") && job.runs() == 1));
      assertThat(Files.readAllLines(log)).containsExactlyInAnyOrder("first", "second");
      List<RunResult> runs =
          await(
              fixture.scheduler.here(
                  () -> Future.succeededFuture(fixture.scheduler.runsOf(waits))));
      assertThat(runs).hasSize(1);
      assertThat(runs.get(0).occasion().lateMillis()).isPositive();
    }
  }

  @Test
  void whatIsDisabledStaysSoAcrossARestart() throws Exception {
    Assignment.Script demo = script("path:" + folder, "demo", 60);
    try (ScheduleFixture fixture = new ScheduleFixture(folder, Map.of())) {
      await(fixture.scheduler.apply(set(demo)));
      await(fixture.scheduler.enable(demo, false));
      assertThat(await(fixture.scheduler.jobs()).get(0).state()).isEqualTo("disabled");
    }
    try (ScheduleFixture restarted = new ScheduleFixture(folder, Map.of())) {
      await(restarted.scheduler.apply(set(demo)));
      assertThat(await(restarted.scheduler.jobs()).get(0).state()).isEqualTo("disabled");

      await(restarted.scheduler.enable(demo, true));
      assertThat(await(restarted.scheduler.jobs()).get(0).state()).isEqualTo("waiting");
    }
  }

  @Test
  void aDayLaterItIsEnabledAgain() throws Exception {
    Assignment.Script demo = script("path:" + folder, "demo", 60);
    try (ScheduleFixture fixture = new ScheduleFixture(folder, Map.of())) {
      await(fixture.scheduler.enable(demo, false));
    }
    Instant tomorrow = Instant.now().plus(Duration.ofHours(25));
    // no time passes: it is enabled before it could be shown as disabled
    try (ScheduleFixture restarted =
        new ScheduleFixture(folder, Map.of(), () -> tomorrow, vertx -> new ManualTimers())) {
      await(restarted.scheduler.apply(set(demo)));

      assertThat(await(restarted.scheduler.jobs()).get(0).enabled()).isTrue();
    }
  }

  @Test
  void aDayLaterItIsEnabledAgainWhileTheAgentRuns() throws Exception {
    Assignment.Script demo = script("path:" + folder, "demo", 60);
    ManualTimers timers = new ManualTimers();
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    try (ScheduleFixture fixture =
        new ScheduleFixture(folder, Map.of(), now::get, vertx -> timers)) {
      await(fixture.scheduler.apply(set(demo)));
      await(fixture.scheduler.enable(demo, false));
      now.updateAndGet(then -> then.plus(Duration.ofHours(25)));
      assertThat(await(fixture.scheduler.jobs()).get(0).state()).isEqualTo("disabled");

      timers.pass(Duration.ofHours(1));

      Awaitility.await()
          .until(() -> await(fixture.scheduler.jobs()).get(0).state().equals("waiting"));
    }
  }

  @Test
  void whatIsNoLongerAssignedEnds() throws Exception {
    try (ScheduleFixture fixture = new ScheduleFixture(folder, Map.of())) {
      await(fixture.scheduler.apply(set(script("path:" + folder, "demo", 60))));
      await(fixture.scheduler.apply(AssignmentSet.EMPTY));

      assertThat(await(fixture.scheduler.jobs())).isEmpty();
    }
  }

  private ScheduleFixture manual(ManualTimers timers, Map<String, String> keys) throws Exception {
    return new ScheduleFixture(folder, keys, InstantSource.system(), vertx -> timers);
  }

  private Path plugin(String... lines) throws Exception {
    Path plugin = Files.createDirectories(folder.resolve("plugin"));
    Path script =
        Files.writeString(
            plugin.resolve("plugin.sh"), "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return plugin;
  }

  private static Assignment.Script script(String git, String project, int seconds) {
    return Scripts.script("ns", project, git, project, List.of(), Duration.ofSeconds(seconds));
  }

  private static AssignmentSet set(Assignment... assignments) {
    return AssignmentSet.of(
        Map.of("ns", "id"), List.of(new AssignmentParser.Parsed(List.of(assignments), List.of())));
  }
}
