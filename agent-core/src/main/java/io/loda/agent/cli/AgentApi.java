package io.loda.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.config.AgentConfig;
import io.loda.common.files.FileReason;
import io.loda.common.logging.VisibleText;
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

/** Calls the HTTP API of the running agent, for commands. */
public final class AgentApi {

  private static final Duration CONNECT = Duration.ofSeconds(4);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** The largest answer that a command can show with its small memory. */
  private static final int MOST_BYTES = 16 << 20;

  private final AgentConfig config;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT).build();
  private final AgentAddress address;
  private boolean recognized;

  /** An answer, which is always JSON and has the true status. */
  public record Answer(int status, JsonObject body) {

    public boolean good() {
      return status == 200;
    }

    /** Returns the body of a good answer. */
    public JsonObject goodBody() throws NotDone {
      if (!good()) {
        throw new NotDone(message());
      }
      return body;
    }

    public String message() {
      return VisibleText.line(body.getString("message", "status " + status));
    }
  }

  public AgentApi(AgentConfig config) {
    this.config = config;
    this.address = new AgentAddress(config, client);
  }

  public AgentConfig config() {
    return config;
  }

  public boolean isAnsweredBy(long pid) throws InterruptedException {
    return address.isAnsweredBy(pid);
  }

  /**
   * Makes a call that only reads.
   *
   * @throws NotDone when the data folder's agent doesn't answer; says who does
   */
  public Answer get(String path, Map<String, String> query)
      throws IOException, InterruptedException {
    return send(request(path, query).build(), PATIENCE);
  }

  /**
   * Makes a call that changes something.
   *
   * @param patience the time-out
   * @throws NotDone when the data folder's agent doesn't answer; says who does
   */
  public Answer post(String path, Map<String, String> query, Duration patience)
      throws IOException, InterruptedException {
    return send(request(path, query).POST(HttpRequest.BodyPublishers.noBody()).build(), patience);
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

  private Answer send(HttpRequest request, Duration patience)
      throws IOException, InterruptedException {
    if (!recognized) {
      address.requireAgent();
      recognized = true;
    }
    HttpResponse<String> response;
    try {
      response = WholeAnswer.of(client, request, patience, MOST_BYTES);
    } catch (HttpTimeoutException e) {
      throw new NotDone(
          NotDone.HANGS,
          "the agent at "
              + address
              + ": timeout, no whole answer to "
              + request.uri().getPath()
              + " within "
              + patience.toSeconds()
              + " s; it may still do what was asked");
    } catch (IOException e) {
      throw new IOException(
          "the agent at " + address + " ended the connection: " + FileReason.of(e), e);
    }
    return WholeAnswer.json(response)
        .map(body -> new Answer(response.statusCode(), body))
        .orElseThrow(() -> notUnderstood());
  }

  /** Makes the error for an answer that this version's agent doesn't give. */
  NotDone notUnderstood() {
    return address.noAgent("its answer has an unknown form");
  }
}
