package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptSourceTest {

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
    assertThat(ScriptRuns.await(source(runs.plugin(GOOD)).collect()).batches())
        .containsExactly(
            new Batch("my.ns", "PLUGIN.demo.", List.of(new Metric("answer", 0, Map.of(), 42L))),
            run("ok", "regular", 1));
  }

  @Test
  void failedRunRaisesTheAlarm() throws Exception {
    assertThat(ScriptRuns.await(source(runs.plugin(GOOD, "exit 1")).collect()).batches())
        .containsExactly(run("exit", "regular", 0), alarm("regular"));
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
    assertThat(results(runs.plugin("sleep 1000"))).isEqualTo("timeout");
    assertThat(results(folder.resolve("none"))).isEqualTo("start-failed");
  }

  @Test
  void runOnDemandSaysSo() throws Exception {
    ScriptSource source = source(runs.plugin("printf '[{\"name\":\"%s\",\"value\":1}]' \"$1\""));

    ScriptSource.Run collected =
        ScriptRuns.await(source.runOnDemand(List.of("given"), Duration.ofSeconds(30)));

    assertThat(collected.collected().batches())
        .containsExactly(
            new Batch("my.ns", "PLUGIN.demo.", List.of(new Metric("given", 0, Map.of(), 1L))),
            run("ok", "call", 1));
    assertThat(collected.result().ok()).isTrue();
  }

  @Test
  void runOnDemandMayPrintWhatItLikesButNotFail() throws Exception {
    ScriptSource.Run printed =
        ScriptRuns.await(
            source(runs.plugin("echo done")).runOnDemand(List.of(), Duration.ofSeconds(30)));
    assertThat(printed.collected().batches()).containsExactly(run("ok", "call", 1));

    ScriptSource.Run failed =
        ScriptRuns.await(
            source(runs.plugin("exit 2")).runOnDemand(List.of(), Duration.ofSeconds(30)));
    assertThat(failed.collected().batches()).containsExactly(run("exit", "call", 0), alarm("call"));
  }

  @Test
  void assignedArgumentsAndIntervalReachTheRun() throws Exception {
    Path plugin =
        runs.plugin("printf '[{\"name\":\"%s\",\"value\":%s}]' \"$1-$2\" \"$PLUGIN_INTERVAL\"");

    assertThat(ScriptRuns.await(source(plugin).collect()).batches().get(0).metrics())
        .containsExactly(new Metric("a-b", 0, Map.of(), 2L));
  }

  @Test
  void refusedItemsCountAndTheRunIsGood() throws Exception {
    Path plugin = runs.plugin("echo '[{\"name\":\"a\",\"value\":1},{},{}]'");

    assertThat(ScriptRuns.await(source(plugin).collect()).batches())
        .hasSize(2)
        .contains(run("ok", "regular", 1));
    assertThat(counters.get("points.discarded.plugin-output")).isEqualTo(2);
  }

  @Test
  void switchedCheckoutIsSeenByTheNextRun() throws Exception {
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, runs.plugin("echo '[{\"name\":\"old\",\"value\":1}]'"));
    ScriptSource source = ScriptSource.ofCheckout(script(), runs.runner, link, discards);
    assertThat(ScriptRuns.await(source.collect()).batches().get(0).metrics().get(0).name())
        .isEqualTo("old");

    Files.delete(link);
    assertThat(ScriptRuns.await(source.runOnDemand(List.of(), Duration.ofSeconds(30))).result())
        .extracting(RunResult::detail)
        .isEqualTo(
            link + ": expected the plugin's checkout, found none; /plugins/update fetches it");

    Files.createSymbolicLink(link, runs.plugin("echo '[{\"name\":\"new\",\"value\":1}]'"));
    assertThat(ScriptRuns.await(source.collect()).batches().get(0).metrics().get(0).name())
        .isEqualTo("new");
  }

  private @Nullable String results(Path plugin) {
    List<Batch> batches = ScriptRuns.await(source(plugin).collect()).batches();
    assertThat(batches).hasSize(2).contains(alarm("regular"));
    return batches.get(0).metrics().get(0).tags().get("result");
  }

  private ScriptSource source(Path plugin) {
    return ScriptSource.ofFolder(
        script(), runs.runner, plugin, folder.resolve("data/copies/x"), discards);
  }

  private static Assignment.Script script() {
    return new Assignment.Script(
        "my.ns", "demo", "path:x", "demo", List.of("a", "b"), Duration.ofSeconds(2));
  }

  private static Batch run(String result, String type, int value) {
    return new Batch(
        "my.ns",
        "plugin.",
        List.of(new Metric("demo", 0, Map.of("result", result, "type", type), value)));
  }

  private static Batch alarm(String type) {
    return new Batch(
        "exception.monitor.loda",
        "plugin.",
        List.of(new Metric("result", 0, Map.of("ns", "my.ns", "name", "demo", "type", type), 1)));
  }
}
