package io.loda.agent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.HostProbes;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Configs;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostProbeOptionsTest {

  private static final Duration TEN = Duration.ofSeconds(10);

  private final Vertx vertx = Vertx.vertx();
  @TempDir private Path folder;
  private MetricSources sources;

  /** Gives what it was opened with as tags; knows one option. */
  public static final class EchoPlugin implements MetricPlugin {
    @Override
    public String name() {
      return "ECHO";
    }

    @Override
    public Sampler open(Map<String, String> parameters) {
      String detail = parameters.getOrDefault("detail", "false");
      if (!detail.equals("true") && !detail.equals("false")) {
        throw new IllegalArgumentException("detail: expected true or false, found " + detail);
      }
      return () -> List.of(new Metric("echo", 0, parameters, 1));
    }
  }

  @BeforeEach
  void load() throws IOException {
    Path jar = folder.resolve("echo.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry("META-INF/services/" + MetricPlugin.class.getName()));
      out.write(EchoPlugin.class.getName().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    AgentConfig.HostConfig host =
        Configs.host(
            "h",
            List.of("eth", "en"),
            folder,
            folder,
            folder.resolve("pid"),
            "small",
            List.of(),
            Path.of("/host/proc"),
            Path.of("/host/sys"),
            Path.of("/host"));
    sources =
        new MetricSources(
            vertx,
            JavaPlugins.load(folder),
            host,
            10_000,
            new Discards(new Counters(), System::nanoTime));
  }

  @AfterEach
  void close() throws Exception {
    sources.close().await(60, TimeUnit.SECONDS);
    vertx.close().await(60, TimeUnit.SECONDS);
  }

  private Map<String, String> openedWith(Map<String, String> fields) throws Exception {
    Future<Collected> collected =
        sources.open(new Assignment.HostProbe("ECHO", fields, TEN)).compose(MetricSource::collect);
    Batch batch = collected.await(60, TimeUnit.SECONDS).batches().get(0);
    assertThat(batch.namespace()).isNull();
    return batch.metrics().get(0).tags();
  }

  @Test
  void aHostProbesParametersReachThePluginBesideTheAgents() throws Exception {
    assertThat(openedWith(Map.of("detail", "true")))
        .containsEntry("detail", "true")
        .containsEntry(AgentParameters.INTERFACES, "eth,en")
        .containsEntry(AgentParameters.HOST_PROC, "/host/proc");
  }

  @Test
  void aRegistryCantSetTheAgentsParameters() throws Exception {
    assertThat(openedWith(Map.of(AgentParameters.HOST_PROC, "/other", "agent.more", "x")))
        .containsEntry(AgentParameters.HOST_PROC, "/host/proc")
        .doesNotContainKey("agent.more");
  }

  @Test
  void aWrongOptionCostsTheOptionAndNotTheMeasurement() throws Exception {
    assertThat(openedWith(Map.of("detail", "maybe"))).doesNotContainKey("detail");
  }

  @Test
  void aProbeThatIsWrongIsRefused() {
    Assignment probe =
        new Assignment.NamespaceProbe("ns", "ECHO", "x", Map.of("detail", "maybe"), TEN);

    assertThatThrownBy(() -> sources.open(probe).await(60, TimeUnit.SECONDS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("detail: expected true or false, found maybe");
  }

  @Test
  void aTypeThatNothingMeasuresIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(
            () -> sources.open(HostProbes.probe("NONE", TEN)).await(60, TimeUnit.SECONDS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no Java plugin \"NONE\"")
        .hasMessageContaining("ECHO");
  }
}
