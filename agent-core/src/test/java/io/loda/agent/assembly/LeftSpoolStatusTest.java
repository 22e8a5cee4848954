package io.loda.agent.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.agent.delivery.SpoolFixture;
import io.loda.agent.source.script.user.PluginUser;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the whole agent says of outputs that were taken out of its configuration. */
class LeftSpoolStatusTest {

  private final HttpClient client = HttpClient.newHttpClient();

  @TempDir private Path folder;

  @Test
  void saysHowMuchWaitsAndHowMuchIsMissing() throws Exception {
    Path data = folder.resolve("data");
    SpoolFixture spools = new SpoolFixture(data);
    spools.write("old");
    spools.write("robbed");
    deleteSegments(data.resolve("spool/robbed"));
    String listen = "127.0.0.1:" + FreePort.find();
    AgentConfig config =
        new ConfigLoader(folder, Map.of(), false)
            .load(
                null,
                Map.of(
                    "agent.data-dir",
                    data.toString(),
                    "http.listen",
                    listen,
                    "registry.directory.path",
                    folder.resolve("registry").toString()));
    Vertx vertx = Vertx.vertx();
    try {
      PluginUser user = new PluginUser("test", 1, List.of(), "/", false);
      Agent agent = new Agent(vertx, config, user, List::of, OutputStream.nullOutputStream());
      waitFor(agent.start());
      await().atMost(Duration.ofSeconds(60)).until(() -> outputs(listen).size() == 3);

      JsonObject old = outputs(listen).get(1);
      assertThat(old.getString("name")).isEqualTo("old");
      assertThat(old.getLong("waiting_points")).isEqualTo(5);
      assertThat(old.getLong("disk_bytes")).isBetween(500L, 1000L);
      JsonObject robbed = outputs(listen).get(2);
      assertThat(robbed.getLong("waiting_points")).isZero();
      assertThat(robbed.getLong("dropped_points")).isEqualTo(5);
      assertThat(get(listen, "/me/status").getJsonObject("counters").getMap())
          .containsEntry("points.discarded.missing", 5);
      assertThat(get(listen, "/health").getJsonArray("problems").stream().map(String.class::cast))
          .anySatisfy(
              problem ->
                  assertThat(problem)
                      .startsWith("output old: ")
                      .endsWith(
                          "(5 points wait, 0 bytes in memory and "
                              + old.getLong("disk_bytes")
                              + " on disk)"));
      waitFor(agent.close());
    } finally {
      waitFor(vertx.close());
    }
  }

  private static void deleteSegments(Path spool) throws IOException {
    try (Stream<Path> files = Files.list(spool)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".spool")).toList()) {
        Files.delete(file);
      }
    }
  }

  private List<JsonObject> outputs(String listen) throws Exception {
    return get(listen, "/me/status").getJsonArray("outputs").stream()
        .map(JsonObject.class::cast)
        .toList();
  }

  private JsonObject get(String listen, String path) throws Exception {
    return new JsonObject(
        client
            .send(
                HttpRequest.newBuilder(URI.create("http://" + listen + path))
                    .timeout(Duration.ofSeconds(60))
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body());
  }

  private static void waitFor(Future<Void> future) {
    future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }
}
