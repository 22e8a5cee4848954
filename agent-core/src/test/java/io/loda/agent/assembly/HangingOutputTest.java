package io.loda.agent.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.testing.FreePort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole agent, whose standard output nobody reads. */
class HangingOutputTest {

  private final HttpClient client = HttpClient.newHttpClient();
  private final CountDownLatch hangs = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);

  @Test
  void whatWaitsIsBroughtToDiskWhileTheOutputHangs(@TempDir Path folder) throws Exception {
    String listen = "127.0.0.1:" + FreePort.find();
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
    Vertx vertx = Vertx.vertx();
    try {
      PluginUser user = new PluginUser("test", 1, List.of(), "/", false);
      Agent agent = new Agent(vertx, config, user, List::of, new HangingStream());
      waitFor(agent.start());
      post(listen);
      assertThat(hangs.await(60, TimeUnit.SECONDS)).isTrue();

      await().until(() -> diskBytes(listen) > 0);
      end.countDown();
      waitFor(agent.close());
    } finally {
      end.countDown();
      waitFor(vertx.close());
    }
  }

  private void post(String listen) throws Exception {
    client.send(
        HttpRequest.newBuilder(URI.create("http://" + listen + "/post?ns=a"))
            .timeout(Duration.ofSeconds(60))
            .POST(BodyPublishers.ofString("[{\"name\":\"m\",\"value\":1}]"))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private long diskBytes(String listen) throws Exception {
    String status =
        client
            .send(
                HttpRequest.newBuilder(URI.create("http://" + listen + "/me/status")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    return new JsonObject(status).getJsonArray("outputs").getJsonObject(0).getLong("disk_bytes");
  }

  private static void waitFor(Future<Void> future) {
    future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  private final class HangingStream extends OutputStream {

    @Override
    public void write(int b) {
      hangs.countDown();
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
