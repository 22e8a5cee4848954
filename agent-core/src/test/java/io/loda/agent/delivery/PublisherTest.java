package io.loda.agent.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.output.Message;
import io.loda.agent.output.Output;
import io.loda.agent.output.RefusedException;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PublisherTest {

  private static final Framing LINES = Framing.of("", "\n", "");

  private final Vertx vertx = Vertx.vertx();
  private final Counters counters = new Counters();
  private final Discards discards = new Discards(counters, System::nanoTime);
  private final AgentConfig.Delivery config =
      new AgentConfig.Delivery(1, Duration.ofMillis(20), 1_000_000);
  private final DeliveryBuffer buffer =
      new DeliveryBuffer("queue", config, Long.MAX_VALUE, discards, System::nanoTime);
  private final List<String> tried = new CopyOnWriteArrayList<>();
  private volatile Function<String, Future<Void>> answer = body -> Future.succeededFuture();

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private Publisher publisher(Duration drainTime) {
    return new Publisher(
        "queue", buffer, new ScriptedOutput(), config.maxDelay(), drainTime, counters, discards);
  }

  private String deploy(Publisher publisher) {
    return vertx.deployVerticle(publisher).toCompletionStage().toCompletableFuture().join();
  }

  private void add(String... points) {
    for (String point : points) {
      buffer.add("topic", LINES, Encoded.of(point));
    }
  }

  @Test
  void sendsInOrder() {
    deploy(publisher(Duration.ofSeconds(1)));
    add("a", "b", "c");
    await().untilAsserted(() -> assertThat(tried).containsExactly("a", "b", "c"));
    await().untilAsserted(() -> assertThat(counters.get("output.queue.points")).isEqualTo(3));
    assertThat(buffer.waitingPoints()).isZero();
  }

  @Test
  void triesTheSameMessageAgainUntilItIsTaken() {
    answer = body -> Future.failedFuture(new IOException("connection refused"));
    Publisher publisher = publisher(Duration.ofSeconds(1));
    deploy(publisher);
    add("a", "b");
    await().until(() -> tried.size() >= 3);
    assertThat(tried).containsOnly("a");
    assertThat(publisher.failure()).isEqualTo("connection refused");
    assertThat(buffer.waitingPoints()).isEqualTo(2);
    answer = body -> Future.succeededFuture();
    await().until(() -> tried.contains("b"));
    await().until(() -> publisher.failure() == null);
    assertThat(counters.get("output.queue.failures")).isGreaterThanOrEqualTo(3);
  }

  @Test
  void goesOnAfterAMessageThatIsRefusedForGood() {
    answer =
        body ->
            body.equals("bad")
                ? Future.failedFuture(new RefusedException("too large"))
                : Future.succeededFuture();
    deploy(publisher(Duration.ofSeconds(1)));
    add("bad", "good");
    await().untilAsserted(() -> assertThat(tried).containsExactly("bad", "good"));
    assertThat(counters.get("points.discarded.refused")).isEqualTo(1);
  }

  @Test
  void sendsWhatWaitsBeforeItStops() {
    String id = deploy(publisher(Duration.ofSeconds(30)));
    add("a", "b");
    vertx.undeploy(id).toCompletionStage().toCompletableFuture().join();
    assertThat(tried).containsExactly("a", "b");
  }

  @Test
  void saysWhatItLeavesBehindWhenTheStopTakesTooLong() {
    answer = body -> Future.failedFuture(new IOException("down"));
    String id = deploy(publisher(Duration.ofMillis(100)));
    add("a", "b");
    vertx.undeploy(id).toCompletionStage().toCompletableFuture().join();
    assertThat(counters.get("points.discarded.stopped")).isEqualTo(2);
  }

  private final class ScriptedOutput implements Output {

    @Override
    public Future<Void> start() {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> send(Message message) {
      String body = new String(message.body(), UTF_8);
      tried.add(body);
      return answer.apply(body);
    }

    @Override
    public long maxMessageBytes() {
      return Long.MAX_VALUE;
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }
}
