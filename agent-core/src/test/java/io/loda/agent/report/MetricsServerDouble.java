package io.loda.agent.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.http.Signature;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** A server that answers as a test wants, as none that is well does. */
final class MetricsServerDouble implements AutoCloseable {

  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server;
  final List<Post> posts = new CopyOnWriteArrayList<>();
  final AtomicInteger atOnce = new AtomicInteger();
  final AtomicInteger mostAtOnce = new AtomicInteger();
  final int port;

  /** What was posted. */
  record Post(Buffer bytes, @Nullable String key, @Nullable String signature, String path) {

    JsonArray metrics() {
      try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes.getBytes()))) {
        return new JsonArray(new String(in.readAllBytes(), UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    long polls() {
      return metrics().stream()
          .map(io.vertx.core.json.JsonObject.class::cast)
          .filter(metric -> metric.getString("id").equals("PollCount"))
          .mapToLong(metric -> metric.getLong("delta"))
          .sum();
    }
  }

  /**
   * Listens on a free port.
   *
   * @param answer what becomes of the request number n, from 1
   */
  MetricsServerDouble(BiConsumer<Integer, HttpServerRequest> answer) {
    server =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                  request.response().endHandler(unused -> atOnce.decrementAndGet());
                  request
                      .body()
                      .onSuccess(
                          body -> {
                            posts.add(
                                new Post(
                                    body,
                                    request.getHeader("Idempotency-Key"),
                                    request.getHeader("HashSHA256"),
                                    request.path()));
                            answer.accept(posts.size(), request);
                          });
                });
    port =
        server.listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().join().actualPort();
  }

  static void accept(HttpServerRequest request, @Nullable Signature signature) {
    byte[] body = "[]".getBytes(UTF_8);
    if (signature != null) {
      request.response().putHeader("HashSHA256", signature.of(body, body.length));
    }
    request.response().putHeader("Content-Type", "application/json").end(Buffer.buffer(body));
  }

  static void refuse(HttpServerRequest request, int status) {
    request
        .response()
        .setStatusCode(status)
        .end("{\"code\":" + status + ",\"message\":\"because\",\"details\":[]}");
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
