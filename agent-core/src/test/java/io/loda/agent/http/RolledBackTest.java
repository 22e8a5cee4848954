package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A version that was taken back, as its operator sees it. */
class RolledBackTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void listAndRunSayWhichCommitWasTakenBack(@TempDir Path temporary) throws Exception {
    TestFolder folder = new TestFolder(temporary);
    String plugin = folder.repository("p", "echo '[]'");
    folder.registry(
        "ns1",
        """
        [{"measurement_type":"PLUGIN","name":"PLUGIN.p","git":"%s","interval":"2"}]"""
            .formatted(plugin));
    String query = "?ns=ns1&repo=" + plugin;
    try (ServerFixture agent = ServerFixture.start(folder, "plugins.min-interval", "1s")) {
      await()
          .atMost(PATIENCE)
          .until(() -> agent.get("/plugins/runs" + query).body().contains("\"result\":\"ok\""));
      String good = listed(agent).getString("commit");
      folder.repository("p", "exit 1");
      assertThat(agent.get("/plugins/update" + query).body()).isEqualTo("update successfully");
      String bad = listed(agent).getString("commit");
      assertThat(bad).isNotEqualTo(good);

      await().atMost(PATIENCE).until(() -> listed(agent).getString("commit").equals(good));

      assertThat(listed(agent).getString("rolled-back")).isEqualTo(bad);
      assertThat(agent.get("/plugins/list").body())
          .isEqualTo("ns1|p enabled:true rolled-back:" + bad + "\n");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(new JsonObject(agent.getJson("/plugins/run" + query).body()).getMap())
                      .containsEntry("result", "ok")
                      .containsEntry("commit", good)
                      .containsEntry("rolled-back", bad));
      assertThat(agent.get("/plugins/update" + query).body())
          .startsWith("update failed: ")
          .contains("rolled-back");
      HttpResponse<String> refused = agent.getJson("/plugins/update" + query);
      assertThat(refused.statusCode()).isEqualTo(409);
      assertThat(new JsonObject(refused.body()).getString("message"))
          .isEqualTo(
              "update failed: there is nothing newer than "
                  + bad
                  + ", which failed three times in a row and was rolled-back; push another commit,"
                  + " or set ref to all of its 40 digits to try it once more");
      assertThat(listed(agent).getString("commit")).isEqualTo(good);

      folder.repository("p", "echo '[ ]'");
      JsonObject update = new JsonObject(agent.getJson("/plugins/update" + query).body());
      assertThat(update.getString("message")).isEqualTo("update successfully");
      assertThat(update.getString("from")).isEqualTo(good);
      assertThat(update.getString("to")).isEqualTo(listed(agent).getString("commit"));
      assertThat(listed(agent).getString("from")).isEqualTo(good);
      assertThat(listed(agent).getString("rolled-back")).isEmpty();
    }
  }

  private static JsonObject listed(ServerFixture agent) {
    return new JsonObject(agent.getJson("/plugins/list").body())
        .getJsonArray("plugins")
        .getJsonObject(0);
  }
}
