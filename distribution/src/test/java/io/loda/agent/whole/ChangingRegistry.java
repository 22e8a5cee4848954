package io.loda.agent.whole;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** A registry whose answers a test changes while it is asked. */
final class ChangingRegistry implements AutoCloseable {

  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(4);
  private final Map<String, List<byte[]>> items = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();

  ChangingRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/api/v1/agent/ns", exchange -> send(exchange, List.of(namespaces())));
    server.createContext("/api/v1/agent/resource", exchange -> send(exchange, next(exchange)));
    server.createContext("/api/v1/agent/report", exchange -> send(exchange, answer(bytes("null"))));
    server.start();
  }

  /** Answers a namespace with these lists of items in turn, from now on. */
  void answer(String namespace, String... lists) {
    items.put(namespace, List.of(lists).stream().map(ChangingRegistry::bytes).toList());
  }

  /** How often a namespace's items were asked for. */
  int asked(String namespace) {
    return asked.getOrDefault(namespace, new AtomicInteger()).get();
  }

  /** The configuration's block, without its end. */
  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private byte[] namespaces() {
    return bytes(
        items.keySet().stream()
            .map(namespace -> '"' + namespace + "\":\"" + namespace + '"')
            .collect(Collectors.joining(",", "{\"httpstatus\":200,\"msg\":\"\",\"data\":{", "}}")));
  }

  private List<byte[]> next(HttpExchange exchange) {
    String namespace = exchange.getRequestURI().getQuery().replaceAll(".*ns=([^&]*).*", "$1");
    int turn = asked.computeIfAbsent(namespace, unused -> new AtomicInteger()).getAndIncrement();
    List<byte[]> lists = items.getOrDefault(namespace, List.of(bytes("[]")));
    return answer(lists.get(turn % lists.size()));
  }

  private static List<byte[]> answer(byte[] data) {
    return List.of(bytes("{\"httpstatus\":200,\"msg\":\"\",\"data\":"), data, bytes("}"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static void send(HttpExchange exchange, List<byte[]> parts) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(200, parts.stream().mapToLong(part -> part.length).sum());
      for (byte[] part : parts) {
        exchange.getResponseBody().write(part);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
