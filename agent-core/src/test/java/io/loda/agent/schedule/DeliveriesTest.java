package io.loda.agent.schedule;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.HostProbes;
import io.loda.agent.config.Configs;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.timers.EventLoop;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeliveriesTest {

  private static final Metric LOGIN =
      new Metric("kernel.user.login", 0, Map.of("user", "root", "success", "true"), 1);

  private static final Metric FILES = Metric.of("kernel.files.max", 7);

  private final Vertx vertx = Vertx.vertx();
  private final Discards discards = new Discards(new Counters(), () -> 0);
  private final DeliveryBuffer buffer =
      new DeliveryBuffer(
          "q",
          Configs.delivery(1 << 20, Duration.ofSeconds(1), 1 << 20),
          () -> 1 << 20,
          discards,
          () -> 0);
  private final Pipeline pipeline =
      new Pipeline(
          List.of(new Pipeline.Target(Configs.stdout("q", "influx"), buffer)),
          () -> "vm",
          () -> Instant.ofEpochSecond(1_795_225_573L),
          new Counters(),
          discards);

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void loginsAlsoGoToThoseWhoLookAfterSecurityAndOnce() {
    deliver(List.of("web.shop.loda", "pool.loda"), "KERNEL", FILES, LOGIN);

    assertThat(sent())
        .containsExactlyInAnyOrder(
            "collect.web.shop.loda kernel.files.max,host=vm value=7 1795225573",
            "collect.web.shop.loda kernel.user.login,host=vm,success=true,user=root value=1"
                + " 1795225573",
            "collect.pool.loda kernel.files.max,host=vm value=7 1795225573",
            "collect.pool.loda kernel.user.login,host=vm,success=true,user=root value=1 1795225573",
            "collect.security.monitor.loda kernel.user.login,host=vm,success=true,user=root value=1"
                + " 1795225573");
  }

  @Test
  void whoIsInTheNamespaceOfSecurityGetsALoginOnce() {
    deliver(List.of("security.monitor.loda"), "KERNEL", FILES, LOGIN);

    assertThat(sent())
        .containsExactlyInAnyOrder(
            "collect.security.monitor.loda kernel.files.max,host=vm value=7 1795225573",
            "collect.security.monitor.loda kernel.user.login,host=vm,success=true,user=root value=1"
                + " 1795225573");
  }

  @Test
  void nothingElseGoesThere() {
    deliver(List.of("pool.loda"), "CPU", LOGIN);

    assertThat(sent()).hasSize(1).allMatch(line -> line.startsWith("collect.pool.loda "));
  }

  @Test
  void trafficIsThatOfInterfaces() {
    Metric in = new Metric("net.in", 0, Map.of("interface", "eth0"), 7);

    assertThat(deliver(List.of("a"), "NET", in, Metric.of("net.tcp.inuse", 3)).traffic())
        .containsExactly(in);
  }

  private Deliveries deliver(List<String> namespaces, String type, Metric... metrics) {
    Deliveries deliveries =
        new Deliveries(pipeline, () -> namespaces, new EventLoop(vertx.getOrCreateContext()));
    deliveries.deliver(
        HostProbes.probe(type, Duration.ofSeconds(60)),
        List.of(new Batch(null, "", List.of(metrics))));
    return deliveries;
  }

  /** Each point, with its topic before it. */
  private List<String> sent() {
    buffer.sealDue(true);
    List<String> lines = new ArrayList<>();
    for (QueuedMessage entry = buffer.take(); entry != null; entry = buffer.take()) {
      String topic = entry.message().topic();
      new String(entry.message().body(), UTF_8)
          .lines()
          .map(line -> topic + ' ' + line)
          .forEach(lines::add);
      buffer.done(entry);
    }
    return lines;
  }
}
