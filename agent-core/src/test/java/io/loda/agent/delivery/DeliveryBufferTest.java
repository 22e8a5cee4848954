package io.loda.agent.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.Configs;
import io.loda.agent.delivery.spool.Footprint;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.point.Framing;
import io.loda.agent.point.Message;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
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
        Configs.delivery(maxMessage, Duration.ofSeconds(1), memory),
        () -> Long.MAX_VALUE,
        new Discards(counters, nanos::get),
        nanos::get);
  }

  private static void add(DeliveryBuffer buffer, String topic, String... points) {
    buffer.add(topic, LINES, Encoded.of(points));
  }

  private static List<String> drain(DeliveryBuffer buffer) {
    List<String> messages = new ArrayList<>();
    for (QueuedMessage entry = buffer.take(); entry != null; entry = buffer.take()) {
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
    DeliveryBuffer buffer = buffer(4, 4_000);
    for (int i = 100; i < 140; i++) {
      add(buffer, "a", Integer.toString(i) + "x");
    }
    buffer.sealDue(true);
    List<String> left = drain(buffer);
    int dropped = 40 - left.size();
    assertThat(dropped).isBetween(10, 30);
    assertThat(left).first().isEqualTo("a:" + (100 + dropped) + "x");
    assertThat(left).last().isEqualTo("a:139x");
    assertThat(counters.get("points.discarded.buffer-full")).isEqualTo(dropped);
    assertThat(buffer.waitingBytes()).isZero();
  }

  @Test
  void dropsWhatIsStillGatheredWhenThatIsAllThereIs() {
    DeliveryBuffer buffer = buffer(1000, 4_000);
    for (int i = 10; i < 40; i++) {
      add(buffer, "topic" + i, "0123456789");
    }
    buffer.sealDue(true);
    List<String> left = drain(buffer);
    assertThat(left).hasSizeBetween(5, 20).last().isEqualTo("topic39:0123456789");
    assertThat(counters.get("points.discarded.buffer-full")).isEqualTo(30 - left.size());
  }

  @Test
  void neverDropsTheMessageThatIsBeingSent() {
    DeliveryBuffer buffer = buffer(4, 1_000);
    add(buffer, "a", "1111", "2222");
    QueuedMessage sent = Objects.requireNonNull(buffer.take());
    for (int i = 0; i < 20; i++) {
      add(buffer, "a", "333" + i % 10);
    }
    buffer.back(List.of(sent));
    assertThat(buffer.take()).isSameAs(sent);
    buffer.done(sent);
    assertThat(buffer.take()).isNotSameAs(sent);
  }

  /** What is in small messages is the least of what they take. */
  @Test
  void countsAllThatSmallMessagesTakeOfTheHeap() {
    for (int topics : new int[] {1, 100_000}) {
      long before = usedHeap();
      DeliveryBuffer buffer = buffer(40, 16L << 20);
      for (int i = 0; i < 100_000; i++) {
        add(buffer, "my.namespace." + i % topics, "a,host=h value=" + i + " 1795225573");
      }
      long held = usedHeap() - before;
      long counted = buffer.waitingBytes();
      assertThat(counted).as("%d topics", topics).isBetween(held * 9 / 10, held * 14 / 10);
      assertThat(held).isLessThan(18L << 20);
      buffer.sealDue(true);
      drain(buffer);
      assertThat(buffer.waitingBytes()).isZero();
    }
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 4; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void whatFramesAMessageIsCountedOnceAndGivenBack() {
    for (Framing framing : List.of(LINES, Framing.of("{\"points\":[", ",", "],\"x\":1}"))) {
      DeliveryBuffer buffer = buffer(100, 1L << 20);
      for (int i = 0; i < 2_000; i++) {
        buffer.add("topic" + i % 7, framing, Encoded.of("x".repeat(i % 50), "y"));
      }
      buffer.sealDue(true);
      assertThat(drain(buffer)).isNotEmpty();
      assertThat(buffer.waitingPoints()).isZero();
      assertThat(buffer.waitingBytes()).isZero();
    }
  }

  /** What is asked for before is what is held afterwards, to the byte. */
  @Test
  void knowsBeforehandHowMuchPointsWillTake() {
    Random random = new Random(7);
    for (Framing framing : List.of(LINES, Framing.of("{\"points\":[", ",", "],\"x\":1}"))) {
      OpenMessages open = new OpenMessages();
      for (int i = 0; i < 2_000; i++) {
        String[] points = new String[1 + random.nextInt(20)];
        for (int p = 0; p < points.length; p++) {
          points[p] = "x".repeat(random.nextInt(200));
        }
        String topic = "topic" + random.nextInt(5);
        long growth = open.growth(topic, framing, Encoded.of(points), 1_000, false);
        long before = open.bytes();
        List<QueuedMessage> full = open.append(topic, framing, Encoded.of(points), true, 1_000, i);
        long sealed = full.stream().mapToLong(Footprint::inSpool).sum();
        assertThat(open.bytes() - before + sealed).isEqualTo(growth);
        if (random.nextInt(10) == 0) {
          long held = open.bytes();
          QueuedMessage oldest = Objects.requireNonNull(open.sealOldest());
          assertThat(Footprint.inSpool(oldest)).isLessThanOrEqualTo((int) (held - open.bytes()));
        }
      }
    }
  }

  @Test
  void whatIsPromisedIsTakenWholeOrNotAtAllAndNeverDropped() {
    DeliveryBuffer buffer = buffer(1_000, 20_000);
    int promised = 0;
    while (buffer.promise("posts", LINES, Encoded.of("p".repeat(600), "q"), () -> true)) {
      promised++;
    }
    assertThat(promised).isGreaterThan(10);
    for (int i = 0; i < 500; i++) {
      add(buffer, "posts", "scheduled" + i);
      add(buffer, "topic" + i, "x".repeat(300));
    }
    assertThat(buffer.waitingBytes()).isLessThanOrEqualTo(20_000);
    buffer.sealDue(true);
    assertThat(String.join("", drain(buffer)).chars().filter(c -> c == 'q')).hasSize(promised);
    assertThat(counters.get("points.discarded.buffer-full")).isPositive();
    assertThat(buffer.waitingBytes()).isZero();
  }

  @Test
  void nothingIsTakenWhereAnotherOutputRefuses() {
    DeliveryBuffer buffer = buffer(1_000, 20_000);
    assertThat(buffer.promise("a", LINES, Encoded.of("1"), () -> false)).isFalse();
    assertThat(buffer.waitingPoints()).isZero();
    assertThat(buffer.waitingBytes()).isZero();
  }

  @Test
  void framesEachMessage() {
    DeliveryBuffer buffer = buffer(1000, 10_000);
    buffer.add("a", Framing.of("<", ",", ">"), Encoded.of("1", "2"));
    buffer.sealDue(true);
    assertThat(drain(buffer)).containsExactly("a:<1,2>");
  }
}
