package io.loda.agent.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.queue.MessageQueue;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.SpoolClock;
import io.loda.agent.point.Message;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/** Messages that tests make and look at: each is a number, and has one point. */
public final class Points {

  public static final long MIB = 1 << 20;

  private Points() {}

  public static AgentConfig.Delivery config(String durability, long memory, long disk) {
    return new AgentConfig.Delivery(
        256 * 1024,
        Duration.ofSeconds(1),
        memory,
        durability,
        disk,
        Duration.ofHours(24),
        0,
        0,
        false);
  }

  /** The clock of a spool whose host was started long ago. */
  public static SpoolClock clock(LongSupplier nanoTime) {
    return new SpoolClock(
        InstantSource.system(),
        nanoTime,
        () -> new SpoolClock.Boot("boot", TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong())));
  }

  /** A message of so many bytes. */
  public static QueuedMessage entry(int number, int bytes) {
    String text = number + ":";
    String body = text + "x".repeat(Math.max(0, bytes - text.length()));
    return new QueuedMessage(new Message("topic" + number % 3, body.getBytes(UTF_8), 1), 0, false);
  }

  /** One that nothing may drop. */
  public static QueuedMessage promised(int number, int bytes) {
    return new QueuedMessage(entry(number, bytes).message(), 0, true);
  }

  /** A message of a topic. */
  public static QueuedMessage of(String topic, int number, int bytes) {
    return of(topic, number, bytes, 0);
  }

  /** One that came at a moment. */
  public static QueuedMessage of(String topic, int number, int bytes, long sinceNanos) {
    Message message = entry(number, bytes).message();
    return new QueuedMessage(new Message(topic, message.body(), 1), sinceNanos, false);
  }

  public static List<QueuedMessage> entries(int from, int to, int bytes) {
    return IntStream.range(from, to).mapToObj(i -> entry(i, bytes)).toList();
  }

  public static int number(QueuedMessage entry) {
    String body = new String(entry.message().body(), UTF_8);
    return Integer.parseInt(body.substring(0, body.indexOf(':')));
  }

  public static List<Integer> numbers(List<QueuedMessage> entries) {
    return entries.stream().map(Points::number).toList();
  }

  public static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  /** Takes what there is, all of it delivered. */
  public static List<Integer> drain(MessageQueue queue) {
    List<Integer> numbers = new ArrayList<>();
    for (QueuedMessage entry = queue.take(); entry != null; entry = queue.take()) {
      numbers.add(number(entry));
      queue.done(entry);
    }
    return numbers;
  }
}
