package io.loda.agent.source.script;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.Scripts;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.Destination;
import io.loda.common.files.Trust;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptSourceTest {

  /** A run's time-out too: long enough for a busy machine. */
  private static final Duration INTERVAL = Duration.ofSeconds(60);

  private static final String GOOD = "echo '[{\"name\":\"answer\",\"value\":42}]'";

  private final Counters counters = new Counters();
  private final Discards discards = new Discards(counters, System::nanoTime);
  private ScriptRuns runs;
  private Path folder;

  @BeforeEach
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    runs = new ScriptRuns(folder);
  }

  @AfterEach
  void close() {
    runs.close();
  }

  @Test
  void goodRunGivesItsMetricsAndHowItWent() throws Exception {
    assertThat(batches(ScriptRuns.await(source(runs.plugin(GOOD)).collect())))
        .containsExactly(
            new Batch("my.ns", "PLUGIN.demo.", List.of(new Metric("answer", 0, Map.of(), 42L))),
            run("ok", "regular", 1));
  }

  @Test
  void whatProjectsForSecurityMeasureGoesToThoseWhoLookAfterIt() throws Exception {
    Assignment.Script audit =
        Scripts.script("web.shop.loda", "audit", "path:x", "SEC-audit", List.of(), INTERVAL);

    assertThat(batches(ScriptRuns.await(source(runs.plugin(GOOD), audit).collect())))
        .containsExactly(
            new Batch(
                "sec.shop.loda", "SEC.audit.", List.of(new Metric("answer", 0, Map.of(), 42L))),
            new Batch(
                "web.shop.loda",
                "plugin.",
                List.of(new Metric("audit", 0, Map.of("result", "ok", "type", "regular"), 1))));
    assertThat(Destination.of("shop", "SEC-audit", "a"))
        .isEqualTo(new Destination("sec.shop", "SEC.a."));
    assertThat(Destination.of("web.shop.loda", "SECURE", "a"))
        .isEqualTo(new Destination("web.shop.loda", "PLUGIN.a."));
  }

  @Test
  void failedRunRaisesTheAlarm() throws Exception {
    assertThat(batches(ScriptRuns.await(source(runs.plugin(GOOD, "exit 1")).collect())))
        .containsExactly(run("exit", "regular", 0), alarm("regular"));
  }

  @Test
  void theAlarmNamesTheRepositoryAsTheOlderAgentDoes() throws Exception {
    Assignment.Script script =
        Scripts.script(
            "my.ns",
            "demo",
            "git@git.example:ops/disk-check.git",
            "disk-check",
            List.of(),
            INTERVAL);

    Collected failed = ScriptRuns.await(source(runs.plugin("exit 1"), script).collect());

    Metric alarm = failed.batches().get(1).metrics().get(0);
    assertThat(alarm.tags()).containsEntry("name", "ops/disk-check").containsEntry("ns", "my.ns");
  }

  @Test
  void whatIsSentAgainIsTheResultWithoutWhatTheRunTook() throws Exception {
    Collected failed = ScriptRuns.await(source(runs.plugin("exit 1")).collect());

    assertThat(failed.again()).containsExactly(run("exit", "regular", 0), alarm("regular"));
    assertThat(ScriptRuns.await(source(runs.plugin(GOOD)).collect()).again()).isEmpty();
  }

  @Test
  void failedRunSaysWhyAndWhatThePluginSaidLast() throws Exception {
    Collected failed =
        ScriptRuns.await(source(runs.plugin("echo first >&2; echo last >&2; exit 3")).collect());

    assertThat(failed.problem()).isEqualTo("exit: ended with exit code 3");
    assertThat(failed.said()).isEqualTo("last");
    assertThat(ScriptRuns.await(source(runs.plugin(GOOD)).collect()).problem()).isEmpty();
  }

  @Test
  void eachFailureHasItsName() throws Exception {
    assertThat(results(runs.plugin("echo '['"))).isEqualTo("bad-output");
    assertThat(results(runs.plugin("yes"))).isEqualTo("output-too-large");
    assertThat(results(source(runs.plugin("sleep 1000"), Duration.ofSeconds(1))))
        .isEqualTo("timeout");
    assertThat(results(folder.resolve("none"))).isEqualTo("start-failed");
  }

  @Test
  void runOnDemandSaysSo() throws Exception {
    ScriptSource source = source(runs.plugin("printf '[{\"name\":\"%s\",\"value\":1}]' \"$1\""));

    Collected collected =
        ScriptRuns.await(source.runOnDemand(List.of("given"), Duration.ofSeconds(30)));

    assertThat(batches(collected))
        .containsExactly(
            new Batch("my.ns", "PLUGIN.demo.", List.of(new Metric("given", 0, Map.of(), 1L))),
            run("ok", "call", 1));
    assertThat(requireNonNull(collected.run()).ok()).isTrue();
  }

  @Test
  void aPluginThatRunsOnDemandOnlyMayPrintWhatItLikesButNotFail() throws Exception {
    assertThat(batches(onDemand(Duration.ZERO, "echo done"))).containsExactly(run("ok", "call", 1));

    Collected failed = onDemand(Duration.ZERO, "exit 2");
    assertThat(batches(failed)).containsExactly(run("exit", "call", 0), alarm("call"));
  }

  @Test
  void aPluginThatMeasuresMustAlsoDoSoOnDemand() throws Exception {
    Collected printed = onDemand(INTERVAL, "echo done");

    assertThat(batches(printed)).containsExactly(run("bad-output", "call", 0), alarm("call"));
    assertThat(requireNonNull(printed.run()).detail()).contains("expected metrics");
  }

  private Collected onDemand(Duration interval, String line) throws Exception {
    return ScriptRuns.await(
        source(runs.plugin(line), interval).runOnDemand(List.of(), Duration.ofSeconds(30)));
  }

  @Test
  void assignedArgumentsAndIntervalReachTheRun() throws Exception {
    Path plugin =
        runs.plugin("printf '[{\"name\":\"%s\",\"value\":%s}]' \"$1-$2\" \"$PLUGIN_INTERVAL\"");

    assertThat(ScriptRuns.await(source(plugin).collect()).batches().get(0).metrics())
        .containsExactly(new Metric("a-b", 0, Map.of(), INTERVAL.toSeconds()));
  }

  @Test
  void refusedItemsCountAndTheRunIsGood() throws Exception {
    Path plugin = runs.plugin("echo '[{\"name\":\"a\",\"value\":1},{},{}]'");

    assertThat(batches(ScriptRuns.await(source(plugin).collect())))
        .hasSize(2)
        .contains(run("ok", "regular", 1));
    assertThat(counters.get("points.discarded.plugin-output")).isEqualTo(2);
  }

  @Test
  void whatIsRefusedForTheSameReasonIsSaidOnce() throws Exception {
    try (ScriptRuns few =
        new ScriptRuns(folder, new PluginsConfig(folder.resolve("few")).maxSeries(1))) {
      Path plugin = few.plugin("for i in 1 2 3 4; do echo \"a,id=$i value=1\"; done");
      ScriptSource source =
          new ScriptSource(
              ScriptPlugin.inFolder(
                  script(Duration.ofMinutes(1)),
                  few.runner,
                  plugin,
                  folder.resolve("few/copies/x"),
                  Trust.everybody(),
                  discards));

      RunResult run = requireNonNull(ScriptRuns.await(source.collect()).run());

      assertThat(run.refused().count()).isEqualTo(3);
      assertThat(run.refused().reasons())
          .containsExactly(
              "3 of other series than the first 1 in an interval (plugins.max-series); tag `id`"
                  + " has 1 values",
              "and more");
      assertThat(counters.get("points.discarded.plugin-output")).isEqualTo(3);
    }
  }

  @Test
  void eachRunSaysWhatItTookAndGave() throws Exception {
    ScriptSource source =
        source(runs.plugin("echo '[{\"name\":\"a\",\"value\":1},{}]'; echo oh >&2; sleep 0.02"));
    source.skipped();
    source.skipped();

    Collected collected = ScriptRuns.await(source.collect());

    Metric metric = collected.batches().get(1).metrics().get(0);
    assertThat(metric.fields().keySet())
        .containsExactly(
            "value",
            "duration_ms",
            "exit_code",
            "output_bytes",
            "points",
            "refused",
            "cpu_ms",
            "max_rss_kb",
            "skipped",
            "late_ms");
    assertThat(metric.fields())
        .containsEntry("value", 1)
        .containsEntry("exit_code", 0)
        .containsEntry("output_bytes", 28L)
        .containsEntry("points", 1L)
        .containsEntry("refused", 1L)
        .containsEntry("skipped", 2)
        .extractingByKey("duration_ms", InstanceOfAssertFactories.LONG)
        .isGreaterThanOrEqualTo(20);
    RunResult run = requireNonNull(collected.run());
    assertThat(run.stderr()).isEqualTo("oh\n");
    assertThat(run.refused().reasons()).hasSize(1).first().asString().startsWith("item 2: name: ");
    assertThat(Duration.between(run.start(), Instant.now())).isPositive();

    assertThat(ScriptRuns.await(source.collect()).batches().get(1).metrics().get(0).fields())
        .as("skipped since the last run")
        .containsEntry("skipped", 0);
  }

  @Test
  void aRunThatNeverStartedHasAllFieldsToo() {
    Collected collected = ScriptRuns.await(source(folder.resolve("none")).collect());

    assertThat(collected.batches().get(0).metrics().get(0).fields())
        .containsEntry("value", 0)
        .containsEntry("exit_code", -1)
        .containsEntry("duration_ms", 0L)
        .hasSize(10);
  }

  private final List<String> began = new CopyOnWriteArrayList<>();

  @Test
  void aRunInACheckoutSaysItsCommit() throws Exception {
    String commit = "0123456789abcdef0123456789abcdef01234567";
    Path version = Files.createDirectories(folder.resolve("ns/.versions/p")).resolve(commit);
    Files.move(runs.plugin("echo '[]'"), version);
    Path link = Files.createSymbolicLink(folder.resolve("ns/p"), version);

    Collected collected =
        ScriptRuns.await(
            new ScriptSource(
                    ScriptPlugin.inCheckout(
                        script(INTERVAL), runs.runner, link, began::add, discards))
                .collect());

    assertThat(collected.batches().get(0).metrics().get(0).tags()).containsEntry("commit", commit);
    assertThat(collected.run()).extracting(run -> run.occasion().commit()).isEqualTo(commit);
    assertThat(began).containsExactly(commit);
    assertThat(ScriptRuns.await(source(runs.plugin("echo '[]'")).collect()).batches())
        .as("a folder has none")
        .allMatch(batch -> !batch.metrics().get(0).tags().containsKey("commit"));
  }

  @Test
  void switchedCheckoutIsSeenByTheNextRun() throws Exception {
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, runs.plugin("echo '[{\"name\":\"old\",\"value\":1}]'"));
    ScriptSource source =
        new ScriptSource(
            ScriptPlugin.inCheckout(script(INTERVAL), runs.runner, link, began::add, discards));
    assertThat(ScriptRuns.await(source.collect()).batches().get(0).metrics().get(0).name())
        .isEqualTo("old");

    Files.delete(link);
    assertThat(ScriptRuns.await(source.runOnDemand(List.of(), Duration.ofSeconds(30))).run())
        .extracting(RunResult::detail)
        .isEqualTo(
            link + ": expected the plugin's checkout, found none; /plugins/update fetches it");

    Files.createSymbolicLink(link, runs.plugin("echo '[{\"name\":\"new\",\"value\":1}]'"));
    assertThat(ScriptRuns.await(source.collect()).batches().get(0).metrics().get(0).name())
        .isEqualTo("new");
  }

  private @Nullable String results(Path plugin) {
    return results(source(plugin));
  }

  private @Nullable String results(ScriptSource source) {
    List<Batch> batches = ScriptRuns.await(source.collect()).batches();
    assertThat(batches(batches)).hasSize(2).contains(alarm("regular"));
    return batches.get(0).metrics().get(0).tags().get("result");
  }

  private ScriptSource source(Path plugin) {
    return source(plugin, INTERVAL);
  }

  private ScriptSource source(Path plugin, Duration interval) {
    return source(plugin, script(interval));
  }

  private ScriptSource source(Path plugin, Assignment.Script script) {
    return new ScriptSource(
        ScriptPlugin.inFolder(
            script,
            runs.runner,
            plugin,
            folder.resolve("data/copies/x"),
            Trust.everybody(),
            discards));
  }

  private static Assignment.Script script(Duration interval) {
    return Scripts.script("my.ns", "demo", "path:x", "demo", List.of("a", "b"), interval);
  }

  /** Its first fields; the others are not the same each time. */
  private static Batch run(String result, String type, int value) {
    return new Batch(
        "my.ns",
        "plugin.",
        List.of(new Metric("demo", 0, Map.of("result", result, "type", type), value)));
  }

  /** The batches, with the run's own metric cut to its first field. */
  private static List<Batch> batches(Collected collected) {
    return batches(collected.batches());
  }

  private static List<Batch> batches(List<Batch> whole) {
    return whole.stream()
        .map(
            batch ->
                new Batch(
                    batch.namespace(),
                    batch.prefix(),
                    batch.metrics().stream()
                        .map(m -> new Metric(m.name(), m.timestamp(), m.tags(), m.value()))
                        .toList()))
        .toList();
  }

  private static Batch alarm(String type) {
    return new Batch(
        "exception.monitor.loda",
        "plugin.",
        List.of(new Metric("result", 0, Map.of("ns", "my.ns", "name", "demo", "type", type), 1)));
  }
}
