package io.loda.agent.registry;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Answers as the registry does: with the captured answers, or whatever a test wants. */
public final class RegistryServer {

  public static final String NAMESPACES = "/api/v1/agent/ns";
  public static final String ITEMS = "/api/v1/agent/resource";
  public static final String REPORT = "/api/v1/agent/report";

  /** A request that came. */
  public record Call(
      String method, String uri, String contentType, String body, String authorization) {

    Call(String method, String uri, String contentType, String body) {
      this(method, uri, contentType, body, "");
    }
  }

  private final HttpServer server;
  private final Map<String, Consumer<HttpServerRequest>> answers = new ConcurrentHashMap<>();
  private final List<Call> calls = new CopyOnWriteArrayList<>();

  public RegistryServer(Vertx vertx) {
    server = vertx.createHttpServer().requestHandler(this::handle);
  }

  public Future<RegistryServer> start() {
    return server.listen(0, "127.0.0.1").map(this);
  }

  public Future<Void> stop() {
    return server.close();
  }

  public String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  public List<Call> calls() {
    return List.copyOf(calls);
  }

  public RegistryServer on(String path, Consumer<HttpServerRequest> answer) {
    answers.put(path, answer);
    return this;
  }

  public RegistryServer on(String path, int status, String body) {
    return on(path, request -> request.response().setStatusCode(status).end(body));
  }

  public static String sample(String name) {
    try (InputStream in =
        Objects.requireNonNull(RegistryServer.class.getResourceAsStream("/wire/" + name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A good answer around data. */
  public static String good(String data) {
    return "{\"httpstatus\":200,\"data\":" + data + ",\"msg\":\"\"}";
  }

  private void handle(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              calls.add(
                  new Call(
                      request.method().name(),
                      request.uri(),
                      Objects.requireNonNullElse(request.getHeader("Content-Type"), ""),
                      body.toString(StandardCharsets.UTF_8),
                      Objects.requireNonNullElse(request.getHeader("Authorization"), "")));
              Consumer<HttpServerRequest> answer = answers.get(request.path());
              if (answer == null) {
                request
                    .response()
                    .setStatusCode(404)
                    .end(new JsonObject().put("httpstatus", 404).put("msg", "no call").encode());
              } else {
                answer.accept(request);
              }
            });
  }
}
