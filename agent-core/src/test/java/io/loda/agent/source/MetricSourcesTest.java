package io.loda.agent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.HostProbes;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Configs;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.Metric;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricSourcesTest {

  private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
  private static final int MAX_SERIES = 20;

  private final Vertx vertx = Vertx.vertx();
  private final List<String> discarded = new CopyOnWriteArrayList<>();
  private MetricSources sources;

  @BeforeEach
  void start(@TempDir Path folder) {
    AgentConfig.HostConfig host =
        Configs.host(
            "my-host",
            List.of("eth", "en"),
            folder,
            folder.resolve("data"),
            folder.resolve("data/agent.pid"),
            "small",
            List.of("ntp.example"),
            Path.of("/proc"),
            Path.of("/sys"),
            Path.of("/"));
    Discards discards = new Discards(new Counters(), (reason, detail) -> discarded.add(detail));
    sources = new MetricSources(vertx, JavaPlugins.load(folder), host, MAX_SERIES, discards);
  }

  @AfterEach
  void close() {
    await(sources.close());
    await(vertx.close());
  }

  @Test
  void javaPluginMeasuresInItsNamespaceUnderItsName() {
    Batch batch = collect(plugin(Map.of("name", "test-echo", "speed", "7")));

    assertThat(batch.namespace()).isEqualTo("my.ns");
    assertThat(batch.prefix()).isEqualTo("PLUGIN.test-echo.");
    Metric metric = batch.metrics().get(0);
    assertThat(metric.name()).isEqualTo("echo");
    assertThat(metric.tags()).containsEntry("name", "test-echo").containsEntry("speed", "7");
    assertThat(metric.value().toString()).as("the thread").startsWith("java-plugin-");
  }

  @Test
  void itemCannotSetWhatTheAgentSays() {
    Map<String, String> seen =
        collect(
                plugin(
                    Map.of(
                        AgentParameters.HOSTNAME,
                        "forged",
                        AgentParameters.STATE_DIR,
                        "/etc",
                        "agent.secret",
                        "forged")))
            .metrics()
            .get(0)
            .tags();

    assertThat(seen)
        .containsEntry(AgentParameters.HOSTNAME, "my-host")
        .containsEntry(AgentParameters.INTERFACES, "eth,en")
        .containsEntry(AgentParameters.HOST_PROC, "/proc")
        .containsEntry(AgentParameters.HOST_SYS, "/sys")
        .containsEntry(AgentParameters.HOST_ROOT, "/")
        .containsEntry(AgentParameters.NTP_SERVERS, "ntp.example")
        .doesNotContainKey("agent.secret");
    assertThat(seen.get(AgentParameters.STATE_DIR)).endsWith("/data/state");
  }

  @Test
  void probesBelongToTheirNamespaceAndHostProbesToAll() {
    Batch probe =
        collect(
            new Assignment.NamespaceProbe(
                "my.ns", "test-echo", "PORT.x", Map.of("port", "1"), TEN_SECONDS));
    assertThat(probe.namespace()).isEqualTo("my.ns");
    assertThat(probe.prefix()).isEmpty();
    assertThat(probe.metrics().get(0).tags()).containsEntry("port", "1");

    Batch host = collect(HostProbes.probe("test-echo", TEN_SECONDS));
    assertThat(host.namespace()).isNull();
    assertThat(host.prefix()).isEmpty();
  }

  @Test
  void unknownNameAndBadParametersAreRefusedForGood() {
    assertThatThrownBy(() -> open(HostProbes.probe("NONE", TEN_SECONDS)))
        .hasCauseInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no Java plugin \"NONE\"; there are test-echo");
    assertThatThrownBy(() -> open(plugin(Map.of("fails", "open"))))
        .hasCauseInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fails: expected no, found open");
    assertThatThrownBy(() -> open(plugin(Map.of("fails", "number"))))
        .hasCauseInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NumberFormatException: For input string: \"seven\" at ")
        .hasMessageContaining("called at io.loda.agent.source.EchoPlugin.open(EchoPlugin.java:");
    assertThatThrownBy(() -> open(plugin(Map.of("fails", "open-null"))))
        .hasCauseInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("open(): expected a sampler, found null");
  }

  @Test
  void whatAPluginThrowsIsThatCollectsFailure() {
    assertThatThrownBy(() -> collect(plugin(Map.of("fails", "exception"))))
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("no such device");
    assertThatThrownBy(() -> collect(plugin(Map.of("fails", "error"))))
        .hasMessageContaining("the plugin's jar is broken: ")
        .hasMessageContaining("com/example/Gone");
    assertThatThrownBy(() -> collect(plugin(Map.of("fails", "bug"))))
        .hasMessageContaining("ArrayIndexOutOfBoundsException: Array index out of range: 7 at")
        .hasMessageContaining("EchoPlugin$1.collect(EchoPlugin.java:");
  }

  @Test
  void nullIsNoMetric() {
    assertThatThrownBy(() -> collect(plugin(Map.of("fails", "null"))))
        .hasMessageEndingWith("collect(): expected a list of metrics, found null");
    assertThatThrownBy(() -> collect(plugin(Map.of("fails", "null-item"))))
        .hasMessageEndingWith("collect(): expected a list of metrics, found null in it");
  }

  @Test
  void ofTooManySeriesTheFirstAreTakenAndTheTagIsNamed() {
    Batch batch = collect(plugin(Map.of("fails", "many")));

    assertThat(batch.metrics()).hasSize(MAX_SERIES);
    assertThat(discarded)
        .containsExactly(
            "GOPLUGIN my.ns test-echo: 10 of other series than the first 20 in an interval"
                + " (plugins.max-series); tag `id` has 20 values");
  }

  @Test
  void closingTwiceClosesTheSamplerOnce() {
    MetricSource source = open(plugin(Map.of()));
    int before = EchoPlugin.CLOSED.get();

    await(source.close());
    await(source.close());

    assertThat(EchoPlugin.CLOSED.get() - before).isEqualTo(1);
  }

  private Batch collect(Assignment assignment) {
    return await(open(assignment).collect()).batches().get(0);
  }

  private MetricSource open(Assignment assignment) {
    return await(sources.open(assignment));
  }

  private static Assignment plugin(Map<String, String> parameters) {
    return new Assignment.JavaPlugin("my.ns", "test-echo", parameters, TEN_SECONDS);
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }
}
