package io.loda.common.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bodies that are packed, while nobody unpacks them. */
class BodiesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOST_PACKED = 64;

  private final Vertx vertx = Vertx.vertx();
  private final WorkerExecutor worker = vertx.createSharedWorkerExecutor("unpack", 1);
  private final MemoryBudget.Share share = new MemoryBudget(96 << 20).share("bodies", 64 << 20);
  private final CountDownLatch busy = new CountDownLatch(1);

  @AfterEach
  void close() {
    busy.countDown();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private int listen() {
    Bodies bodies = new Bodies(share, 1 << 20, worker, PATIENCE, System::nanoTime);
    Router router = Router.router(vertx);
    router
        .route()
        .handler(bodies::read)
        .handler(call -> call.response().end())
        .failureHandler(BodiesTest::answer);
    HttpServer server = vertx.createHttpServer().requestHandler(router);
    return server
        .listen(0, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .join()
        .actualPort();
  }

  private static void answer(RoutingContext call) {
    BadCall bad = (BadCall) call.failure();
    call.response().setStatusCode(bad.status()).end();
  }

  /** So much that it isn't unpacked on the event loop. */
  private static byte[] packed() {
    byte[] noise = new byte[4_096];
    new Random(1).nextBytes(noise);
    return gzip(noise);
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  /** Growing in steps of what is unpacked at once would copy gigabytes. */
  @Test
  void unpackingCopiesLittleThoughTheLengthOfThePackedBytesIsKnown() {
    byte[] packed = gzip(new byte[4 << 20]);
    Body body = new Body(share, 8 << 20, packed.length);
    body.append(packed, packed.length);
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    body.inflate(ContentCoding.named("gzip"));
    assertThat(body.length()).isEqualTo(4 << 20);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(32 << 20);
    body.release();
  }

  @Test
  void noMoreThanSomeWaitToBeUnpacked() throws Exception {
    worker.executeBlocking(
        () -> {
          busy.await();
          return null;
        },
        false);
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest post =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listen() + "/"))
            .timeout(PATIENCE)
            .header("Content-Encoding", "gzip")
            .POST(HttpRequest.BodyPublishers.ofByteArray(packed()))
            .build();
    ConcurrentLinkedQueue<Integer> answers = new ConcurrentLinkedQueue<>();
    List<CompletableFuture<Void>> all =
        IntStream.range(0, MOST_PACKED + 16)
            .mapToObj(
                unused ->
                    client
                        .sendAsync(post, HttpResponse.BodyHandlers.discarding())
                        .thenAccept(answer -> answers.add(answer.statusCode())))
            .toList();

    await().atMost(PATIENCE).until(() -> answers.size() >= 16);
    assertThat(answers).hasSize(16).containsOnly(503);

    busy.countDown();
    all.forEach(CompletableFuture::join);
    assertThat(answers.stream().filter(status -> status == 200)).hasSize(MOST_PACKED);
    await().atMost(PATIENCE).until(() -> share.usedBytes() == 0);
    // and there is room again
    assertThat(client.send(post, HttpResponse.BodyHandlers.discarding()).statusCode())
        .isEqualTo(200);
  }
}
