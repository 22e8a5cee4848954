package io.loda.agent.whole;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/** Answers as the registry does, with what was captured at a real one. */
final class RegistryDouble implements AutoCloseable {

  private final HttpServer server;
  private final List<String> reports = new CopyOnWriteArrayList<>();

  /**
   * Starts on a free port.
   *
   * @param items a JSON object each, beside the captured ones
   */
  RegistryDouble(String... items) throws IOException {
    String captured = sample("agent-resource.response.json");
    int end = captured.lastIndexOf(']');
    String resources =
        items.length == 0
            ? captured
            : captured.substring(0, end) + "," + String.join(",", items) + captured.substring(end);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    answer("/api/v1/agent/ns", sample("agent-ns.response.json"));
    answer("/api/v1/agent/resource", resources);
    server.createContext(
        "/api/v1/agent/report",
        exchange -> {
          reports.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          send(exchange, "{\"httpstatus\":200,\"data\":null,\"msg\":\"\"}");
        });
    server.start();
  }

  private void answer(String path, String body) {
    server.createContext(path, exchange -> send(exchange, body));
  }

  private static void send(HttpExchange exchange, String body) throws IOException {
    exchange.getRequestBody().readAllBytes();
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static String sample(String name) throws IOException {
    try (InputStream in = RegistryDouble.class.getResourceAsStream("/wire/" + name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
    }
  }

  /** The configuration's block. */
  String config() {
    return "registry { type = http, http { url = \"http://127.0.0.1:%d\" } }"
        .formatted(server.getAddress().getPort());
  }

  List<String> reports() {
    return List.copyOf(reports);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
