package io.loda.agent.assembly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.agent.delivery.SpoolFixture;
import io.loda.agent.delivery.spool.SpoolFiles;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.testing.FreePort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole agent with an output that isn't required: it holds up nobody. */
class OptionalOutputTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient client = HttpClient.newHttpClient();
  private final Vertx vertx = Vertx.vertx();
  private String listen = "";
  private final CountDownLatch end = new CountDownLatch(1);

  @TempDir private Path folder;

  @AfterEach
  void close() {
    end.countDown();
    waitFor(vertx.close());
  }

  private Agent start(String config, OutputStream stdout) throws Exception {
    listen = "127.0.0.1:" + FreePort.find();
    String common =
        """
        agent.data-dir = "%s"
        http.listen = "%s"
        registry.directory.path = "%s"
        """
            .formatted(folder.resolve("data"), listen, folder.resolve("registry"));
    Path file = Files.writeString(folder.resolve("agent.conf"), common + config);
    AgentConfig loaded = new ConfigLoader(folder, Map.of(), false).load(file, Map.of());
    PluginUser user = new PluginUser("test", 1, List.of(), "/", false);
    Agent agent = new Agent(vertx, loaded, user, List::of, stdout);
    waitFor(agent.start());
    return agent;
  }

  private HttpResponse<String> send(String path, HttpRequest.BodyPublisher body, String method)
      throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://" + listen + path))
            .timeout(PATIENCE)
            .header("Content-Type", "text/plain")
            .method(method, body)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String namespace, String body) throws Exception {
    return send("/post?ns=" + namespace, BodyPublishers.ofString(body), "POST");
  }

  private JsonObject status() throws Exception {
    return new JsonObject(send("/me/status", BodyPublishers.noBody(), "GET").body());
  }

  private long counter(String name) throws Exception {
    return status().getJsonObject("counters").getLong(name, 0L);
  }

  private long waiting() throws Exception {
    return status().getJsonArray("outputs").getJsonObject(0).getLong("waiting_points");
  }

  /** The other one takes small messages only, and of this namespace none at all. */
  @Test
  void itsOwnLimitsRefuseNothing() throws Exception {
    ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    Agent agent =
        start(
            """
            outputs.main = { type = stdout }
            outputs.other = {
              type = nsq, servers = ["127.0.0.1:%d"], client = nsq-j, required = false
              topic-prefix = "%s"
            }
            """
                .formatted(FreePort.find(), "p".repeat(60)),
            stdout);
    String large = "large text=\"" + "x".repeat(20_000) + "\"";

    assertThat(post("four", large).statusCode()).isEqualTo(200);
    assertThat(post("too-long-for-the-other", "small v=1\n" + large).statusCode()).isEqualTo(200);

    await().atMost(PATIENCE).until(() -> stdout.toString(UTF_8).split("large", -1).length == 3);
    assertThat(stdout.toString(UTF_8)).contains("RUN.small");
    assertThat(counter("points.discarded.namespace")).isEqualTo(2);
    assertThat(counter("points.accepted")).isEqualTo(3);
    // what makes no topic for anybody is the caller's mistake
    assertThat(post("b%20d", large).statusCode()).isEqualTo(400);
    waitFor(agent.close());
  }

  @Test
  void whatWasPromisedWhileItWasRequiredGivesWay() throws Exception {
    SpoolFixture spools = new SpoolFixture(folder.resolve("data"));
    spools.promise("main", 80);
    Agent agent =
        start(
            """
            outputs.main = { type = stdout, required = false }
            delivery { disk = 4MiB, memory = 1MiB, max-message = 64KiB, max-delay = 100ms }
            """,
            new HangingStream());
    Set<String> posted = new TreeSet<>();
    for (int i = 100; i < 120; i++) {
      String body = "p" + i + " text=\"" + "x".repeat(50_000) + "\"";
      assertThat(post("ns", body).statusCode()).isEqualTo(200);
      posted.add("RUN.p" + i);
    }

    await().atMost(PATIENCE).untilAsserted(() -> assertThat(onDisk()).containsAll(posted));
    long dropped = counter("points.discarded.disk-full");
    assertThat(dropped).isPositive();
    assertThat(waiting() + dropped).isEqualTo(80 + posted.size());
    end.countDown();
    waitFor(agent.close());
  }

  private Set<String> onDisk() throws IOException {
    Set<String> names = new TreeSet<>();
    new SpoolFiles(folder.resolve("data"), "main")
        .export(
            (message, time) -> names.add(new String(message.body(), UTF_8).split("[, ]", -1)[0]));
    return names;
  }

  private static void waitFor(Future<Void> future) {
    future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  private final class HangingStream extends OutputStream {

    @Override
    public void write(int b) {
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
