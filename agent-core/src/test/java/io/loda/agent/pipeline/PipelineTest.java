package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Configs;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.plugin.Metric;
import io.loda.agent.point.Message;
import io.loda.agent.point.MetricTaker;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        Configs.delivery(1 << 20, Duration.ofSeconds(1), 1 << 20),
        () -> 1 << 20,
        discards,
        () -> 0);
  }

  private static Pipeline.Target target(String format, DeliveryBuffer buffer) {
    return new Pipeline.Target(Configs.stdout(format, format), buffer);
  }

  private static String only(DeliveryBuffer buffer) {
    buffer.sealDue(true);
    QueuedMessage entry = Objects.requireNonNull(buffer.take());
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
  void writesStringsOfJsonAsTheRouterDoes() {
    List<String> values =
        List.of("5", "-0.5", "5i", "true", "text", "say \"hi\" \\", "\"quoted\"", "5 GB");
    List<Metric> metrics =
        values.stream().map(value -> new Metric("x", 1_700_000_000, Map.of(), value)).toList();
    assertThat(pipeline.accept("ns", "test", "", metrics)).isEqualTo(values.size());

    assertThat(fields(only(influx), "value=(.*) 1700000000"))
        .containsExactly(
            "5",
            "-0.5",
            "5i",
            "true",
            "\"text\"",
            "\"say \\\"hi\\\" \\\\\"",
            "\"quoted\"",
            "\"5 GB\"");
    // what the router writes into line protocol is what stands there
    assertThat(fields(only(json).replace("},{", "},\n{"), "\"value\":\"(.*)\"}}.*"))
        .containsExactly(
            "5",
            "-0.5",
            "5i",
            "true",
            "\\\"text\\\"",
            "\\\"say \\\\\\\"hi\\\\\\\" \\\\\\\\\\\"",
            "\\\"quoted\\\"",
            "\\\"5 GB\\\"");
  }

  @ParameterizedTest
  @CsvSource({
    "s, 1700000000, 1700000000",
    "ms, 1700000000, 1700000000000",
    "us, 1700000000, 1700000000000000",
    "ns, 1700000000, 1700000000000000000",
    "ms, 9999999999, 9999999999000",
    // the last second that 64 bits of nanoseconds can say
    "ns, 9999999999, 9223372036000000000"
  })
  void writesTimestampsInTheUnitOfTheOutput(String precision, long seconds, String written) {
    DeliveryBuffer fine = buffer("fine");
    AgentConfig.OutputConfig output =
        Configs.stdout("fine", new AgentConfig.Encoding("influx", false, precision), true);
    Pipeline both =
        new Pipeline(
            List.of(target("influx", influx), new Pipeline.Target(output, fine)),
            () -> "vm",
            Instant::now,
            counters,
            discards);
    both.accept("ns", "test", "", List.of(new Metric("x", seconds, Map.of(), 5)));

    assertThat(only(fine)).endsWith("x,host=vm value=5 " + written);
    assertThat(only(influx)).endsWith("x,host=vm value=5 " + seconds);
  }

  @Test
  void keepsStringsWhereThatIsConfigured() {
    DeliveryBuffer kept = buffer("kept");
    AgentConfig.OutputConfig output =
        Configs.stdout("kept", new AgentConfig.Encoding("influx", true, "s"), true);
    Pipeline both =
        new Pipeline(
            List.of(target("influx", influx), new Pipeline.Target(output, kept)),
            () -> "vm",
            Instant::now,
            counters,
            discards);
    both.accept("ns", "test", "", List.of(new Metric("x", 1_700_000_000, Map.of(), "5i")));

    assertThat(only(kept)).endsWith("x,host=vm value=\"5i\" 1700000000");
    assertThat(only(influx)).endsWith("x,host=vm value=5i 1700000000");
  }

  @Test
  void stringsOfLineProtocolAreMeantAsSuch() {
    PointWriter writer = pipeline.writer();
    writer.reset("", name -> {});
    writer.writeTyped(new Metric("x", 1_700_000_000, Map.of(), Map.of("version", "5")));
    pipeline.deliver("ns", writer);

    assertThat(only(influx)).endsWith("x,host=vm version=\"5\" 1700000000");
    assertThat(only(json)).contains("\"fields\":{\"version\":\"\\\"5\\\"\"}");
  }

  private static List<String> fields(String message, String pattern) {
    Pattern field = Pattern.compile(".*" + pattern);
    return message
        .lines()
        .map(field::matcher)
        .filter(Matcher::matches)
        .map(m -> m.group(1))
        .toList();
  }

  @Test
  void anOutputThatIsNotRequiredRefusesNothingAndDropsItsOwn(@TempDir Path folder) {
    AgentConfig.Delivery delivery =
        new AgentConfig.Delivery(
            1 << 20,
            Duration.ofSeconds(1),
            64 << 10,
            "sync",
            4 << 20,
            Duration.ofDays(1),
            0,
            0,
            false);
    // its disk hangs
    DeliveryBuffer away =
        DeliveryBuffer.of(
            "away",
            delivery,
            () -> 1 << 20,
            folder,
            task -> {},
            discards,
            Instant::now,
            () -> 0,
            false);
    AgentConfig.OutputConfig output = Configs.stdout("away", Configs.encoding("influx"), false);
    Pipeline both =
        new Pipeline(
            List.of(new Pipeline.Target(output, away), target("loda-json", json)),
            () -> "vm",
            Instant::now,
            counters,
            discards);
    PointWriter writer = both.writer();
    int promised = 0;
    do {
      writer.reset("", name -> {});
      writer.write(new Metric("x" + promised++, 1_700_000_000, Map.of("k", "v".repeat(900)), 1));
    } while (both.promise("ns", writer));

    assertThat(both.canEverHold(1 << 19)).isTrue();
    assertThat(both.stored().succeeded()).isTrue();
    // until the other one is full
    assertThat(json.waitingPoints()).isEqualTo(promised - 1).isGreaterThan(400);
    assertThat(away.waitingBytes()).isLessThanOrEqualTo(64 << 10);
    assertThat(counters.get("points.discarded.buffer-full"))
        .isEqualTo(promised - 1 - away.waitingPoints());
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
  void takesEachPieceOfARunOnce() {
    MetricTaker taker = pipeline.taker("pool.loda", "test", "PLUGIN.web.");
    long first = taker.take(List.of(Metric.of("a", 1), Metric.of("nan", Double.NaN)));
    long second = taker.take(List.of(Metric.of("b", 2), Metric.of("c", 3)));

    assertThat(only(influx))
        .isEqualTo(
            """
            collect.pool.loda PLUGIN.web.a,host=vm value=1 1795225573
            PLUGIN.web.b,host=vm value=2 1795225573
            PLUGIN.web.c,host=vm value=3 1795225573""");
    assertThat(second).isEqualTo(2 * first);
    assertThat(counters.get("points.accepted")).isEqualTo(3);
    assertThat(counters.get("points.discarded.metric")).isEqualTo(1);
    assertThat(pipeline.taker("no topic", "test", "").take(List.of(Metric.of("a", 1)))).isZero();
    assertThat(counters.get("points.discarded.namespace")).isEqualTo(1);
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

  /** Each look at the clock gives another second: who is encoded again has another timestamp. */
  @Test
  void whatGoesToSeveralNamespacesIsEncodedOnce() {
    AtomicLong seconds = new AtomicLong(1_795_225_573L);
    Pipeline ticking =
        new Pipeline(
            List.of(target("influx", influx), target("loda-json", json)),
            () -> "vm",
            () -> Instant.ofEpochSecond(seconds.getAndIncrement()),
            counters,
            discards);
    List<Metric> metrics = List.of(Metric.of("x", 1), Metric.of("nan", Double.NaN));

    assertThat(ticking.accept(List.of("a", "bad name", "b"), "test", "", metrics)).isEqualTo(2);

    for (DeliveryBuffer buffer : List.of(influx, json)) {
      buffer.sealDue(true);
      for (String namespace : List.of("a", "b")) {
        Message message = Objects.requireNonNull(buffer.take()).message();
        assertThat(message.topic()).isEqualTo("collect." + namespace);
        assertThat(new String(message.body(), UTF_8)).contains("1795225573");
      }
      assertThat(buffer.take()).isNull();
    }
    assertThat(counters.get("points.accepted")).isEqualTo(2);
    assertThat(counters.get("points.discarded.metric")).isEqualTo(2);
    assertThat(counters.get("points.discarded.namespace")).isEqualTo(2);
  }
}
