package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loda.agent.config.Configs;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.delivery.Encoded;
import io.loda.agent.point.Message;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LodaJsonEncoderTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final LodaJsonEncoder encoder = new LodaJsonEncoder(false);

  @Test
  void writesTheCapturedMessagesToTheLetter() throws Exception {
    try (InputStream in = getClass().getResourceAsStream("/wire/nsq-messages.loda-json.ndjson")) {
      List<String> captured =
          new String(Objects.requireNonNull(in).readAllBytes(), UTF_8).lines().toList();
      assertThat(captured).hasSizeGreaterThan(5).allSatisfy(this::isWrittenAgain);
    }
  }

  private void isWrittenAgain(String captured) throws Exception {
    JsonNode message = MAPPER.readTree(captured);
    String topic = message.path("database").asText();
    List<String> points = new ArrayList<>();
    message
        .path("points")
        .forEach(point -> points.add(new String(point(point).encodedBy(encoder), UTF_8)));
    DeliveryBuffer buffer =
        new DeliveryBuffer(
            "test",
            Configs.delivery(1 << 20, Duration.ofSeconds(1), 1 << 20),
            () -> 1 << 20,
            new Discards(new Counters(), () -> 0),
            () -> 0);
    buffer.add(topic, encoder.framing(topic), Encoded.of(points.toArray(new String[0])));
    buffer.sealDue(true);
    Message written = Objects.requireNonNull(buffer.take()).message();
    assertThat(new String(written.body(), UTF_8)).isEqualTo(captured);
    assertThat(written.topic()).isEqualTo(topic);
  }

  private static Point point(JsonNode json) {
    TreeMap<String, String> tags = new TreeMap<>();
    json.path("tags").properties().forEach(tag -> tags.put(tag.getKey(), tag.getValue().asText()));
    return new Point(
        json.path("measurement").asText(),
        tags,
        json.path("timestamp").asLong(),
        Map.of("value", json.path("fields").path("value").numberValue()));
  }

  @Test
  void writesEveryFieldInItsOrder() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("value", 1);
    fields.put("b\"", "x");
    fields.put("a", 2.5);
    assertThat(new String(new Point("m", new TreeMap<>(), 1, fields).encodedBy(encoder), UTF_8))
        .contains("\"fields\":{\"value\":1,\"b\\\"\":\"\\\"x\\\"\",\"a\":2.5}}");
  }

  @Test
  void staysJsonForAnyName() throws Exception {
    RandomPoints random = new RandomPoints(3);
    for (int i = 0; i < 1000; i++) {
      Point point = random.next();
      JsonNode json = MAPPER.readTree(point.encodedBy(encoder));
      assertThat(json.path("measurement").asText()).isEqualTo(point.measurement());
      assertThat(json.path("tags").size()).isEqualTo(point.tags().size());
      point
          .tags()
          .forEach(
              (key, value) -> assertThat(json.at("/tags").path(key).asText()).isEqualTo(value));
    }
  }
}
