package io.loda.agent.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.output.Output;
import io.loda.agent.point.Framing;
import io.loda.agent.point.Message;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sends what waits on disk: with a real event loop, a real worker and real files. */
@Timeout(120)
class PublisherSpoolTest {

  private static final Framing LINES = Framing.of("", "\n", "");
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final ExecutorService worker = Executors.newSingleThreadExecutor();
  private final HookedFiles files = new HookedFiles();
  private final Counters counters = new Counters();
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Discards discards =
      new Discards(counters, (reason, detail) -> said.add(reason + ": " + detail));
  private final List<String> tried = new CopyOnWriteArrayList<>();
  private volatile Function<String, Future<Void>> answer =
      body -> Future.failedFuture(new IOException("down"));

  @SuppressWarnings("NullAway.Init")
  private DeliveryBuffer buffer;

  @BeforeEach
  void begin() {
    buffer = buffer();
  }

  /** Each point is a message, and memory holds a part of them. */
  private DeliveryBuffer buffer() {
    AgentConfig.Delivery config =
        new AgentConfig.Delivery(
            1,
            Duration.ofMillis(20),
            1_000_000,
            "spill",
            16_000_000,
            Duration.ofHours(1),
            0,
            0,
            false);
    return DeliveryBuffer.of(
        "queue",
        config,
        () -> Long.MAX_VALUE,
        files.path(folder),
        worker,
        discards,
        InstantSource.system(),
        System::nanoTime,
        true);
  }

  private String deploy(Duration drainTime, long bytesPerSecond) {
    RefusedMessages aside = new RefusedMessages(folder, worker, InstantSource.system());
    Publisher publisher =
        new Publisher(
            "queue",
            buffer,
            new ScriptedOutput(),
            "influx",
            bytesPerSecond,
            aside,
            () -> drainTime,
            counters,
            discards);
    return vertx.deployVerticle(publisher).toCompletionStage().toCompletableFuture().join();
  }

  private void undeploy(String id) {
    vertx.undeploy(id).toCompletionStage().toCompletableFuture().join();
  }

  @AfterEach
  void close() throws InterruptedException {
    vertx.close().toCompletionStage().toCompletableFuture().join();
    worker.shutdown();
    assertThat(worker.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
  }

  private boolean promise(String point) {
    return buffer.promise("topic", LINES, Encoded.of(point), () -> true);
  }

  /** An agent before left them, as its server was away. */
  private void leave(List<String> points) {
    String id = deploy(LONG, 0);
    for (String point : points) {
      if (!promise(point)) {
        await().atMost(LONG).until(() -> promise(point));
      }
    }
    await().atMost(LONG).until(() -> !tried.isEmpty());
    undeploy(id);
    tried.clear();
    buffer = buffer();
  }

  private static List<String> points(int count) {
    return IntStream.range(0, count).mapToObj(i -> "p" + i + "x".repeat(300)).toList();
  }

  @Test
  void aStopSendsAlsoWhatIsOnDisk() {
    leave(points(3_000));
    answer = body -> Future.succeededFuture();
    String id = deploy(LONG, 0);
    undeploy(id);
    assertThat(tried).isEqualTo(points(3_000));
    assertThat(counters.get("points.discarded.stopped")).isZero();
  }

  @Test
  void whatFailsIsSentBeforeWhatWaitsForItsPace() {
    List<String> points = List.of("point 0", "point 1", "point 2");
    leave(points);
    Promise<Void> first = Promise.promise();
    answer = body -> first.future();
    String id = deploy(LONG, 20);
    await().atMost(LONG).until(() -> !tried.isEmpty());
    answer = body -> Future.succeededFuture();
    vertx.runOnContext(unused -> first.fail("gone"));
    await().atMost(LONG).until(() -> counters.get("output.queue.points") == 3);
    assertThat(tried).containsExactly("point 0", "point 0", "point 1", "point 2");
    undeploy(id);
  }

  @Test
  void afterAStopOnlyWhatNoDiskHasIsLost() {
    String id = deploy(Duration.ofMillis(100), 0);
    add(0, 8);
    assertThat(buffer.flush().toCompletionStage().toCompletableFuture()).succeedsWithin(LONG);
    files.hook(
        (call, file) -> {
          if (call.equals("write") && file.toString().endsWith(".spool")) {
            throw new IOException("No space left on device");
          }
        });
    add(8, 15);
    assertThat(IntStream.range(15, 19)).allMatch(i -> promise("p" + i));
    undeploy(id);
    assertThat(counters.get("points.discarded.stopped")).isEqualTo(11);
    assertThat(said)
        .singleElement()
        .asString()
        .startsWith("stopped: output queue: not sent by the stop's deadline")
        .contains("11 points dropped that aren't on disk")
        .contains("No space left on device");
    buffer = buffer();
    answer = body -> Future.succeededFuture();
    files.hook((call, file) -> {});
    tried.clear();
    undeploy(deploy(LONG, 0));
    assertThat(tried).as("what was on disk").hasSize(8);
  }

  /** The worker's thread is held by a write that doesn't end, so nothing more comes to disk. */
  @Test
  void aDiskThatHangsHoldsUpNoStop() {
    CountDownLatch hangs = new CountDownLatch(1);
    String id = deploy(Duration.ofMillis(100), 0);
    files.hook(
        (call, file) -> {
          if (call.equals("write") && file.toString().endsWith(".spool")) {
            try {
              hangs.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        });
    try {
      add(0, 8);
      assertThat(vertx.undeploy(id).toCompletionStage().toCompletableFuture()).succeedsWithin(LONG);
      assertThat(counters.get("points.discarded.stopped")).isEqualTo(8);
      assertThat(said).singleElement().asString().contains("the disk hasn't taken");
    } finally {
      hangs.countDown();
    }
  }

  private void add(int from, int to) {
    for (int i = from; i < to; i++) {
      buffer.add("topic", LINES, Encoded.of("p" + i));
    }
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
    public int maxInFlight() {
      return 2;
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }
}
