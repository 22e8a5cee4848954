package io.loda.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.files.FileReason;
import io.loda.agent.logging.VisibleText;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The HTTP API of the running agent, as a command calls it. */
final class AgentApi {

  private static final Duration CONNECT = Duration.ofSeconds(4);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final AgentConfig config;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).build();
  private final AgentAddress address;
  private boolean recognized;

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
    this.address = new AgentAddress(config, client);
  }

  AgentConfig config() {
    return config;
  }

  /** Whether the agent with this pid answers. */
  boolean isAnsweredBy(long pid) throws InterruptedException {
    return address.isAnsweredBy(pid);
  }

  /**
   * Asks.
   *
   * @throws AgentAddress.NoAgent when the data folder's agent doesn't answer; says who does
   */
  Answer get(String path, Map<String, String> query) throws IOException, InterruptedException {
    return send(request(path, query).timeout(PATIENCE));
  }

  /**
   * Changes something.
   *
   * @param patience how long it may take
   * @throws AgentAddress.NoAgent when the data folder's agent doesn't answer; says who does
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
    return HttpRequest.newBuilder(address.uri(path + parameters))
        .header("Accept", "application/json");
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    if (!recognized) {
      address.requireAgent();
      recognized = true;
    }
    HttpRequest built = request.build();
    HttpResponse<String> response;
    try {
      response = client.send(built, HttpResponse.BodyHandlers.ofString());
    } catch (HttpTimeoutException e) {
      throw new AgentAddress.NoAgent(
          AgentAddress.NoAgent.HANGS,
          "the agent at "
              + address
              + " gives no whole answer to "
              + built.uri().getPath()
              + " within "
              + built.timeout().orElse(PATIENCE).toSeconds()
              + " s; it may still do what was asked");
    } catch (IOException e) {
      throw new IOException(
          "the agent at " + address + " ended the connection: " + FileReason.of(e), e);
    }
    try {
      return new Answer(response.statusCode(), new JsonObject(response.body()));
    } catch (DecodeException e) {
      throw new IOException("what answers at " + address + " is no agent: " + e.getMessage(), e);
    }
  }
}
