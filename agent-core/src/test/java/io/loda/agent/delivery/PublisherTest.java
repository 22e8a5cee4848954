package io.loda.agent.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Configs;
import io.loda.agent.output.ClosedException;
import io.loda.agent.output.Output;
import io.loda.agent.output.RefusedException;
import io.loda.agent.point.Framing;
import io.loda.agent.point.Message;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublisherTest {

  private static final Framing LINES = Framing.of("", "\n", "");

  private final Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final Counters counters = new Counters();
  private final Discards discards = new Discards(counters, System::nanoTime);
  private final AgentConfig.Delivery config = Configs.delivery(1, Duration.ofMillis(20), 1_000_000);
  private final DeliveryBuffer buffer =
      new DeliveryBuffer("queue", config, () -> Long.MAX_VALUE, discards, System::nanoTime);
  private final RefusedMessages aside;
  private final List<String> tried = new CopyOnWriteArrayList<>();
  private volatile int inFlight = 1;
  private volatile long maxBytes = Long.MAX_VALUE;
  private volatile Function<String, Future<Void>> answer = body -> Future.succeededFuture();

  PublisherTest(@TempDir Path folder) {
    this.folder = folder;
    this.aside =
        new RefusedMessages(folder.resolve("refused"), Runnable::run, InstantSource.system());
  }

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private Publisher publisher(Duration drainTime) {
    return new Publisher(
        "queue",
        buffer,
        new ScriptedOutput(),
        "influx",
        0,
        aside,
        () -> drainTime,
        counters,
        discards);
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
  void sendsAllToAnOutputThatAnswersAtOnce() {
    for (int i = 0; i < 3_000; i++) {
      add("p" + i);
    }
    deploy(publisher(Duration.ofSeconds(1)));
    await().untilAsserted(() -> assertThat(tried).hasSize(3_000));
    assertThat(tried).doesNotHaveDuplicates();
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
  void goesOnAfterAMessageThatIsRefusedForGood() throws IOException {
    answer =
        body ->
            body.equals("bad")
                ? Future.failedFuture(new RefusedException("too large"))
                : Future.succeededFuture();
    deploy(publisher(Duration.ofSeconds(1)));
    add("bad", "good");
    await().untilAsserted(() -> assertThat(tried).containsExactly("bad", "good"));
    assertThat(counters.get("points.discarded.refused")).isEqualTo(1);
    assertThat(counters.get("points.discarded.refused.topic")).isEqualTo(1);
    try (var files = Files.list(folder.resolve("refused"))) {
      JsonObject kept = new JsonObject(Files.readString(files.findFirst().orElseThrow()));
      assertThat(kept.getString("reason")).isEqualTo("too large");
      assertThat(kept.getString("output")).isEqualTo("queue");
      assertThat(kept.getString("topic")).isEqualTo("topic");
      assertThat(kept.getString("payload")).isEqualTo("bad");
      assertThat(kept.getInteger("points")).isEqualTo(1);
    }
  }

  @Test
  void whatWasUnderWayBehindAFailureIsSentAgainInItsOrder() {
    inFlight = 3;
    Map<String, Promise<Void>> answers = new ConcurrentHashMap<>();
    answer = body -> answers.computeIfAbsent(body, unused -> Promise.promise()).future();
    add("a", "b", "c", "d", "e");
    buffer.sealDue(true);
    deploy(publisher(Duration.ofSeconds(1)));
    await().until(() -> tried.size() == 3);
    vertx.runOnContext(unused -> promise(answers, "b").fail("gone"));
    vertx.runOnContext(unused -> promise(answers, "c").complete());
    await().until(() -> counters.get("output.queue.points") == 1);
    // nothing is sent while one is unanswered
    assertThat(tried).containsExactly("a", "b", "c");
    answer = body -> Future.succeededFuture();
    vertx.runOnContext(unused -> promise(answers, "a").fail("gone"));
    await().until(() -> counters.get("output.queue.points") == 5);
    assertThat(tried).containsExactly("a", "b", "c", "a", "b", "d", "e");
  }

  @Test
  void givesNothingMoreToAServerThatHangs() {
    inFlight = 3;
    Promise<Void> hanging = Promise.promise();
    AtomicReference<List<String>> looked = new AtomicReference<>();
    answer = body -> hanging.future();
    deploy(publisher(Duration.ofSeconds(1)));
    add("a");
    await().until(() -> tried.size() == 1);
    long silent = System.nanoTime() + Duration.ofMillis(500).toNanos();
    await().until(() -> System.nanoTime() - silent > 0);
    add("b");
    buffer.sealDue(true);
    // whatever "b" sets off on the loop comes before this
    vertx.runOnContext(unused -> vertx.runOnContext(now -> looked.set(List.copyOf(tried))));
    await().until(() -> looked.get() != null);
    assertThat(looked.get()).containsExactly("a");
    vertx.runOnContext(unused -> hanging.complete());
    await().untilAsserted(() -> assertThat(tried).containsExactly("a", "b"));
  }

  @Test
  void splitsWhatWaitedWhenTheOutputTakesLessThanItWasMadeFor() {
    DeliveryBuffer waiting = messagesOf(100);
    waiting.add("topic", LINES, Encoded.of("aa", "bb", "cccccc", "dd"));
    answer =
        body -> {
          if (body.length() > 5) {
            maxBytes = 5;
            return Future.failedFuture(new RefusedException("too big"));
          }
          return Future.succeededFuture();
        };
    deploy(sending(waiting));
    await().until(() -> waiting.waitingPoints() == 0);
    assertThat(tried).containsExactly("aa\nbb\ncccccc\ndd", "aa\nbb", "cccccc", "dd");
    assertThat(counters.get("output.queue.points")).isEqualTo(3);
    assertThat(counters.get("points.discarded.refused")).isEqualTo(1);
  }

  private DeliveryBuffer messagesOf(int points) {
    return new DeliveryBuffer(
        "queue",
        Configs.delivery(points, Duration.ofMillis(20), 1_000_000),
        () -> 100,
        discards,
        System::nanoTime);
  }

  private Publisher sending(DeliveryBuffer waiting) {
    return new Publisher(
        "queue",
        waiting,
        new ScriptedOutput(),
        "influx",
        0,
        aside,
        () -> Duration.ofSeconds(1),
        counters,
        discards);
  }

  private static Future<Void> closes() {
    return Future.failedFuture(new ClosedException("it closed the connection"));
  }

  @Test
  void findsThePointThatAServerClosesOnAndSendsTheRestOnce() throws IOException {
    DeliveryBuffer waiting = messagesOf(4);
    waiting.add("topic", LINES, Encoded.of("aa", "bb", "poison", "dd", "ee", "ff"));
    List<String> taken = new CopyOnWriteArrayList<>();
    answer =
        body -> {
          if (body.contains("poison")) {
            return closes();
          }
          taken.addAll(List.of(body.split("\n")));
          return Future.succeededFuture();
        };
    inFlight = 16;
    deploy(sending(waiting));
    await().atMost(Duration.ofSeconds(60)).until(() -> waiting.waitingPoints() == 0);
    assertThat(taken).containsExactlyInAnyOrder("aa", "bb", "dd", "ee", "ff");
    assertThat(counters.get("output.queue.points")).isEqualTo(5);
    assertThat(counters.get("points.discarded.refused")).isEqualTo(1);
    try (var files = Files.list(folder.resolve("refused"))) {
      assertThat(Files.readString(files.findFirst().orElseThrow()))
          .contains("poison", "closed the connection on it three times");
    }
  }

  @Test
  void aServerThatClosesOnEverythingCostsOnePoint() {
    DeliveryBuffer waiting = messagesOf(2);
    waiting.add("topic", LINES, Encoded.of("aa", "bb", "cc", "dd"));
    AtomicReference<String> first = new AtomicReference<>();
    answer =
        body -> {
          first.compareAndSet(null, body);
          return closes();
        };
    deploy(sending(waiting));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> counters.get("points.discarded.refused") == 1);
    int before = tried.size();
    // long enough for a second, were it allowed
    await().atMost(Duration.ofSeconds(60)).until(() -> tried.size() >= before + 5);
    assertThat(counters.get("points.discarded.refused")).isEqualTo(1);
    answer = body -> Future.succeededFuture();
    await().atMost(Duration.ofSeconds(60)).until(() -> waiting.waitingPoints() == 0);
    assertThat(counters.get("output.queue.points")).isEqualTo(3);
  }

  @Test
  void anOutageIsNoMessagesFault() {
    DeliveryBuffer waiting = messagesOf(1);
    waiting.add("topic", LINES, Encoded.of("aa"));
    // a server that is killed again and again: it closes, and isn't there for a while
    answer =
        body ->
            tried.size() % 3 == 0
                ? Future.failedFuture(new IOException("connection refused"))
                : closes();
    deploy(sending(waiting));
    await().atMost(Duration.ofSeconds(60)).until(() -> tried.size() >= 9);
    assertThat(counters.get("points.discarded.refused")).isZero();
  }

  private static Promise<Void> promise(Map<String, Promise<Void>> answers, String body) {
    return Objects.requireNonNull(answers.get(body));
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
      return maxBytes;
    }

    @Override
    public int maxInFlight() {
      return inFlight;
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }
}
