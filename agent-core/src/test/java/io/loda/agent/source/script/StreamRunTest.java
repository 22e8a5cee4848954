package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.script.process.GroupLimits;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.Cancellation;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stream gives, and what it is held in. */
class StreamRunTest extends StreamFixture {

  @Test
  void eachLineIsDeliveredWhileItRuns() throws Exception {
    Path go = runs.scratch().resolve("go");
    StreamSource source =
        stream(
            SOON,
            "echo 'a,t=v value=1'",
            "until [ -e " + go + " ]; do sleep 0.05; done",
            "echo 'b value=2'",
            "sleep 1000");

    awaitMetrics("a");
    assertThat(given)
        .containsExactly(
            new Batch(
                "my.ns",
                "PLUGIN.demo.",
                List.of(new Metric("a", 0, java.util.Map.of("t", "v"), 1.0))));
    assertThat(source.isRunning()).isTrue();
    Files.createFile(go);

    awaitMetrics("a", "b");
    assertThat(ends).isEmpty();
  }

  @Test
  void nothingGoodIsBadOutput() throws Exception {
    stream(SOON, "echo hello");

    await().atMost(ScriptRuns.DEADLINE).until(() -> !ends.isEmpty());
    assertThat(ends.get(0).problem())
        .isEqualTo(
            "bad-output: standard output: expected metrics, found none that is good among 1; line"
                + " 1, column 6: expected a field, found the end of the line");
    assertThat(counters.get("points.discarded.plugin-output")).isPositive();
    assertThat(Objects.requireNonNull(ends.get(0).run()).badOutput()).isEqualTo("hello\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatItHidIsEndedAndCountedWithIt(boolean grouped) throws Exception {
    try (ScriptRuns other =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("other")),
            grouped
                ? RunGroups.limited(GroupLimits.NONE)
                : new RunGroups(null, GroupLimits.NONE))) {
      Path pids = other.scratch().resolve("pids");
      // neither their session nor their environment is the run's
      String hidden = "env -i setsid sh -c 'echo $$ >>" + pids + "; exec sleep 1000' &";
      Path go = other.scratch().resolve("go");
      Path plugin =
          other.plugin(
              hidden,
              hidden,
              "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done",
              "echo 'a value=1'; echo 'b value=2'; echo 'bad value=x'",
              "until [ -e " + go + " ]; do sleep 0.05; done");
      StreamSource source = source(other.runner, () -> plugin, false, ONCE);
      sources.add(source);
      source.start(this);
      await().atMost(ScriptRuns.DEADLINE).until(() -> lines(pids) == 2);
      awaitMetrics("a", "b");

      Files.createFile(go);

      await().atMost(ScriptRuns.DEADLINE).until(() -> !ends.isEmpty());
      ScriptRuns.await(source.halt());
      assertThat(Files.readAllLines(pids)).noneMatch(StreamSourceTest::isAlive);
      RunResult run = Objects.requireNonNull(ends.get(0).run());
      assertThat(run.outcome()).isEqualTo(RunResult.Outcome.OK);
      assertThat(run.usage().leftovers()).isEqualTo(2);
      assertThat(run.points()).isEqualTo(2);
      assertThat(run.refused().count()).isEqualTo(1);
      assertThat(run.refused().reasons()).singleElement().asString().startsWith("line 3, ");
      assertThat(run.usage().cpuMillis()).isPositive();
      assertThat(run.usage().maxRssKilobytes()).isPositive();
      assertThat(ends.get(0).batches().get(0).metrics().get(0).fields())
          .containsEntry("points", 2L)
          .containsEntry("refused", 1L);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isCagedAsOtherRunsAre(boolean grouped) throws Exception {
    try (ScriptRuns other =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("other")),
            grouped
                ? RunGroups.limited(GroupLimits.NONE)
                : new RunGroups(null, GroupLimits.NONE))) {
      Path plugin =
          other.plugin(
              "nice >&2; ionice >&2; umask >&2; ulimit -n >&2; ulimit -t >&2",
              "touch \"$PLUGIN_SCRATCH/here\" && echo scratch >&2",
              "[ \"$(cut -d' ' -f6 /proc/self/stat)\" = $$ ] && echo session >&2");
      StreamSource source = source(other.runner, () -> plugin, false, ONCE);
      sources.add(source);
      source.start(this);

      await().atMost(ScriptRuns.DEADLINE).until(() -> !ends.isEmpty());
      ScriptRuns.await(source.halt());
      RunResult run = Objects.requireNonNull(ends.get(0).run());
      assertThat(run.stderr().lines())
          .containsExactly("10", "idle", "0022", "256", "315360000", "scratch", "session");
    }
  }

  @Test
  void floodWithoutALineBreakTakesLittleMemory() throws Exception {
    Path plugin =
        runs.plugin("head -c 200000000 /dev/zero | tr '\\000' x", "echo", "echo 'a value=1'");
    try (ScriptRuns large =
        new ScriptRuns(
            folder, new PluginsConfig(folder.resolve("large")).maxOutputBytes(8 << 20))) {
      StreamSource source = source(large.runner, () -> plugin, false, SOON);
      sources.add(source);
      ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      source.start(this);
      await().atMost(ScriptRuns.DEADLINE).until(() -> !threads().isEmpty());
      long id = threads().get(0).getId();

      awaitMetrics("a");

      // all that it ever allocated, so also all that it can have held
      assertThat(beans.getThreadAllocatedBytes(id)).isLessThan(60L << 20);
      assertThat(counters.get("points.discarded.plugin-output")).isPositive();
      ScriptRuns.await(source.close());
      assertThat(large.alive()).isEmpty();
    }
  }

  @Test
  void aWhileThatItRanWellIsTold() throws Exception {
    Path version = folder.resolve("ns/.versions/demo");
    Files.createDirectories(version);
    Path commit = Files.move(runs.plugin("exec sleep 1000"), version.resolve("c0ffee"));
    begin(source(runs.runner, () -> commit, false, SOON, Duration.ofMillis(1)));

    await().atMost(ScriptRuns.DEADLINE).until(() -> !well.isEmpty());
    assertThat(well).containsExactly("c0ffee");
    assertThat(ends).isEmpty();
  }

  @Test
  void oneOfWhichAllIsRefusedDoesNotRunWell() throws Exception {
    StreamRun run =
        new StreamRun(
            new ScriptPlugin(script(), runs.runner, () -> folder, false, discards),
            Duration.ZERO,
            new Cancellation(),
            this);

    run.refused(1, "line 1: no metric");
    run.look();
    assertThat(well).isEmpty();

    run.metrics(List.of(Metric.of("a", 1)));
    run.look();
    run.look();
    assertThat(well).hasSize(1);
  }
}
