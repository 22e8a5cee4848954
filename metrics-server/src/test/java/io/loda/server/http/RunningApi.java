package io.loda.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.config.HostPort;
import io.loda.common.http.HttpMemory;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.MemoryBudget;
import io.loda.server.store.MemoryStore;
import io.loda.server.store.MetricStore;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** The API on a free port, and a client that shows the bytes on the wire. */
final class RunningApi implements AutoCloseable {

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
  final Counters counters = new Counters();
  final MemoryBudget.Share bodies;
  final MemoryBudget.Share reading;
  final MemoryBudget.Share answers;
  final int port;

  RunningApi() {
    this(null, true);
  }

  RunningApi(@Nullable String key, boolean requireSignature) {
    this(
        new MemoryStore(32 << 20, 8 << 20, Clock.systemUTC()),
        key,
        requireSignature,
        Duration.ofSeconds(10));
  }

  RunningApi(
      MetricStore store, @Nullable String key, boolean requireSignature, Duration requestTimeout) {
    MemoryBudget budget = new MemoryBudget(128 << 20);
    bodies = budget.share("bodies", 24 << 20);
    reading = budget.share("reading", 32 << 20);
    answers = budget.share("answers", 16 << 20);
    MetricsApi api =
        new MetricsApi(
            new ApiSettings(new HostPort("127.0.0.1", 0), key, requireSignature, requestTimeout),
            store,
            counters,
            new HttpMemory(budget, bodies, answers),
            reading);
    vertx
        .deployVerticle(api)
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(60, TimeUnit.SECONDS)
        .join();
    port = api.address().port();
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(60));
  }

  HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
    return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  HttpResponse<byte[]> send(WrongRequests.Request wrong) throws Exception {
    HttpRequest.Builder request =
        request(wrong.path())
            .method(wrong.method(), HttpRequest.BodyPublishers.ofByteArray(wrong.body()));
    return send(
        (wrong.headers().isEmpty()
                ? request
                : request.headers(wrong.headers().toArray(new String[0])))
            .build());
  }

  HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = request(path).GET();
    return send((headers.length == 0 ? request : request.headers(headers)).build());
  }

  HttpResponse<byte[]> post(String path, String body, String... headers) throws Exception {
    return post(path, body.getBytes(UTF_8), headers);
  }

  HttpResponse<byte[]> post(String path, byte[] body, String... headers) throws Exception {
    HttpRequest.Builder request = request(path).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    return send((headers.length == 0 ? request : request.headers(headers)).build());
  }

  /** Sends a request that no client would make, and returns the whole answer. */
  String raw(String request) throws IOException {
    return new String(raw(request.getBytes(UTF_8)), UTF_8);
  }

  /** Sends what goes over one connection, and returns all that is answered. */
  byte[] raw(byte[] requests) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(requests);
      socket.shutdownOutput();
      return socket.getInputStream().readAllBytes();
    }
  }

  static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), UTF_8);
  }

  static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(text.getBytes(UTF_8));
    }
    return packed.toByteArray();
  }

  static String gunzip(byte[] packed) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }
}
