package io.loda.agent.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.output.Message;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DeliveryBufferTest {

  private static final Framing LINES = Framing.of("", "\n", "");

  private final AtomicLong nanos = new AtomicLong();
  private final Counters counters = new Counters();

  private DeliveryBuffer buffer(long maxMessage, long memory) {
    return new DeliveryBuffer(
        "queue",
        new AgentConfig.Delivery(maxMessage, Duration.ofSeconds(1), memory),
        () -> Long.MAX_VALUE,
        new Discards(counters, nanos::get),
        nanos::get);
  }

  private static void add(DeliveryBuffer buffer, String topic, String... points) {
    buffer.add(topic, LINES, Encoded.of(points));
  }

  private static List<String> drain(DeliveryBuffer buffer) {
    List<String> messages = new ArrayList<>();
    for (Entry entry = buffer.take(); entry != null; entry = buffer.take()) {
      Message message = entry.message();
      messages.add(message.topic() + ":" + new String(message.body(), UTF_8));
      buffer.done(entry);
    }
    return messages;
  }

  @Test
  void gathersPointsOfATopicInOneMessage() {
    DeliveryBuffer buffer = buffer(1000, 10_000);
    add(buffer, "a", "1", "2");
    add(buffer, "b", "3");
    add(buffer, "a", "4");
    assertThat(buffer.take()).isNull();
    buffer.sealDue(true);
    assertThat(drain(buffer)).containsExactly("a:1\n2\n4", "b:3");
    assertThat(buffer.waitingPoints()).isZero();
    assertThat(buffer.waitingBytes()).isZero();
  }

  @Test
  void sealsAfterHalfOfTheDelayAndNotBefore() {
    DeliveryBuffer buffer = buffer(1000, 10_000);
    add(buffer, "a", "1");
    nanos.addAndGet(Duration.ofMillis(499).toNanos());
    buffer.sealDue(false);
    assertThat(buffer.take()).isNull();
    nanos.addAndGet(Duration.ofMillis(1).toNanos());
    buffer.sealDue(false);
    assertThat(drain(buffer)).containsExactly("a:1");
  }

  @Test
  void keepsMessagesBelowTheMaximum() {
    DeliveryBuffer buffer = buffer(10, 10_000);
    add(buffer, "a", "1234", "5678", "9012", "x".repeat(20), "y");
    buffer.sealDue(true);
    assertThat(drain(buffer))
        .containsExactly("a:1234\n5678", "a:9012", "a:" + "x".repeat(20), "a:y");
  }

  @Test
  void tellsWhoeverSendsThatAMessageIsReady() {
    DeliveryBuffer buffer = buffer(10, 10_000);
    AtomicInteger told = new AtomicInteger();
    buffer.start(told::incrementAndGet);
    add(buffer, "a", "1234");
    assertThat(told).hasValue(0);
    add(buffer, "a", "12345678");
    assertThat(told).hasValue(1);
    buffer.sealDue(true);
    assertThat(told).hasValue(2);
  }

  @Test
  void dropsTheOldestAndCountsIt() {
    DeliveryBuffer buffer = buffer(4, 100);
    for (int i = 100; i < 140; i++) {
      add(buffer, "a", Integer.toString(i) + "x");
    }
    buffer.sealDue(true);
    List<String> left = drain(buffer);
    assertThat(left).hasSize(25).first().isEqualTo("a:115x");
    assertThat(left).last().isEqualTo("a:139x");
    assertThat(counters.get("points.discarded.buffer-full")).isEqualTo(15);
  }

  @Test
  void dropsWhatIsStillGatheredWhenThatIsAllThereIs() {
    DeliveryBuffer buffer = buffer(1000, 50);
    for (int i = 10; i < 40; i++) {
      add(buffer, "topic" + i, "0123456789");
    }
    buffer.sealDue(true);
    assertThat(drain(buffer)).hasSize(5).last().isEqualTo("topic39:0123456789");
    assertThat(counters.get("points.discarded.buffer-full")).isEqualTo(25);
  }

  @Test
  void neverDropsTheMessageThatIsBeingSent() {
    DeliveryBuffer buffer = buffer(4, 20);
    add(buffer, "a", "1111", "2222");
    Entry sent = Objects.requireNonNull(buffer.take());
    for (int i = 0; i < 20; i++) {
      add(buffer, "a", "333" + i % 10);
    }
    buffer.back(List.of(sent));
    assertThat(buffer.take()).isSameAs(sent);
    buffer.done(sent);
    assertThat(buffer.take()).isNotSameAs(sent);
  }

  @Test
  void framesEachMessage() {
    DeliveryBuffer buffer = buffer(1000, 10_000);
    buffer.add("a", Framing.of("<", ",", ">"), Encoded.of("1", "2"));
    buffer.sealDue(true);
    assertThat(drain(buffer)).containsExactly("a:<1,2>");
  }
}
