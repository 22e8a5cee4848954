package io.loda.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.logging.VisibleText;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The HTTP API of the running agent, as a command calls it. */
final class AgentApi {

  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final AgentConfig config;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).build();

  /** An answer: always JSON, with a status that is true. */
  record Answer(int status, JsonObject body) {

    boolean good() {
      return status == 200;
    }

    /** For whoever called. */
    String message() {
      return VisibleText.line(body.getString("message", "status " + status));
    }
  }

  AgentApi(AgentConfig config) {
    this.config = config;
  }

  AgentConfig config() {
    return config;
  }

  /**
   * Asks.
   *
   * @throws IOException when no agent answers; says where
   */
  Answer get(String path, Map<String, String> query) throws IOException, InterruptedException {
    return send(request(path, query).timeout(Duration.ofSeconds(30)));
  }

  /**
   * Changes something.
   *
   * @param patience how long it may take
   * @throws IOException when no agent answers; says where
   */
  Answer post(String path, Map<String, String> query, Duration patience)
      throws IOException, InterruptedException {
    return send(request(path, query).timeout(patience).POST(HttpRequest.BodyPublishers.noBody()));
  }

  private HttpRequest.Builder request(String path, Map<String, String> query) {
    String parameters =
        new TreeMap<>(query)
            .entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), UTF_8))
                .collect(Collectors.joining("&", "?", ""));
    return HttpRequest.newBuilder(URI.create(address() + path + parameters))
        .header("Accept", "application/json");
  }

  private String address() {
    return "http://" + config.http().listen();
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> response;
    try {
      response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IOException(
          "no agent answers at " + address() + " (agent start starts one): " + e, e);
    }
    try {
      return new Answer(response.statusCode(), new JsonObject(response.body()));
    } catch (DecodeException e) {
      throw new IOException("what answers at " + address() + " is no agent: " + e.getMessage(), e);
    }
  }
}
