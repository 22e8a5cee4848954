package io.loda.agent.assembly;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.config.ConfigException;
import io.loda.common.testing.FreePort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The whole agent within the test's process, with its defaults and an empty registry folder. */
final class RunningAgent implements AutoCloseable {

  private final HttpClient client = HttpClient.newHttpClient();
  private final String listen;
  private final Vertx vertx = Vertx.vertx();
  private final Agent agent;

  /**
   * A started one.
   *
   * @param folder has its data folder
   */
  RunningAgent(Path folder, OutputStream stdout) throws ConfigException, IOException {
    listen = "127.0.0.1:" + FreePort.find();
    AgentConfig config =
        new ConfigLoader(folder, Map.of(), false)
            .load(
                null,
                Map.of(
                    "agent.data-dir",
                    folder.resolve("data").toString(),
                    "http.listen",
                    listen,
                    "registry.directory.path",
                    folder.resolve("registry").toString()));
    PluginUser user = new PluginUser("test", 1, List.of(), "/", false);
    agent = new Agent(vertx, config, user, List::of, stdout);
    waitFor(agent.start());
  }

  JsonObject get(String path) throws IOException, InterruptedException {
    return new JsonObject(send(path, HttpRequest.newBuilder()));
  }

  String post(String path, String body) throws IOException, InterruptedException {
    return send(path, HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  /** The status of its outputs. */
  List<JsonObject> outputs() throws IOException, InterruptedException {
    return get("/me/status").getJsonArray("outputs").stream().map(JsonObject.class::cast).toList();
  }

  private String send(String path, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client
        .send(
            request
                .uri(URI.create("http://" + listen + path))
                .timeout(Duration.ofSeconds(60))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Override
  public void close() {
    try {
      waitFor(agent.close());
    } finally {
      waitFor(vertx.close());
    }
  }

  private static void waitFor(Future<?> future) {
    future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }
}
