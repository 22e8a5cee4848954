package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.delivery.Entry;
import io.loda.agent.output.Message;
import io.loda.agent.plugin.Metric;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PipelineTest {

  private final Counters counters = new Counters();
  private final Discards discards = new Discards(counters, () -> 0);
  private final DeliveryBuffer influx = buffer("influx");
  private final DeliveryBuffer json = buffer("json");
  private final Pipeline pipeline =
      new Pipeline(
          List.of(target("influx", influx), target("loda-json", json)),
          () -> "vm",
          () -> Instant.ofEpochSecond(1_795_225_573L),
          counters,
          discards);

  private DeliveryBuffer buffer(String name) {
    return new DeliveryBuffer(
        name,
        new AgentConfig.Delivery(1 << 20, Duration.ofSeconds(1), 1 << 20),
        () -> 1 << 20,
        discards,
        () -> 0);
  }

  private static Pipeline.Target target(String format, DeliveryBuffer buffer) {
    return new Pipeline.Target(
        new AgentConfig.Output(format, "stdout", format, List.of(), "round-robin", "collect."),
        buffer);
  }

  private static String only(DeliveryBuffer buffer) {
    buffer.sealDue(true);
    Entry entry = Objects.requireNonNull(buffer.take());
    Message message = entry.message();
    buffer.done(entry);
    assertThat(buffer.take()).isNull();
    return message.topic() + " " + new String(message.body(), UTF_8);
  }

  @Test
  void sendsToEachOutputInItsFormat() {
    assertThat(pipeline.accept("pool.loda", "test", "RUN.", List.of(Metric.of("x", 1.5))))
        .isEqualTo(1);
    assertThat(only(influx)).isEqualTo("collect.pool.loda RUN.x,host=vm value=1.5 1795225573");
    assertThat(only(json))
        .startsWith("collect.pool.loda {\"database\":\"collect.pool.loda\"")
        .contains("\"measurement\":\"RUN.x\"");
    assertThat(counters.get("points.accepted")).isEqualTo(1);
  }

  @Test
  void leavesOutABadMetricAndCountsIt() {
    List<Metric> metrics =
        List.of(
            Metric.of("good", 1),
            Metric.of("nan", Double.NaN),
            new Metric("list", 0, Map.of(), List.of()));
    assertThat(pipeline.accept("pool.loda", "test", "", metrics)).isEqualTo(1);
    assertThat(only(influx)).isEqualTo("collect.pool.loda good,host=vm value=1 1795225573");
    assertThat(counters.get("points.discarded.metric")).isEqualTo(2);
  }

  @Test
  void refusesANamespaceThatMakesNoTopic() {
    for (String bad : List.of("", "a b", "a/b", "x".repeat(57))) {
      assertThat(pipeline.problemWith(bad)).startsWith("expected a name that makes a topic");
      assertThat(pipeline.accept(bad, "test", "", List.of(Metric.of("m", 1)))).isZero();
    }
    assertThat(counters.get("points.discarded.namespace")).isEqualTo(4);
    assertThat(pipeline.problemWith("x".repeat(56))).isEmpty();
  }
}
