package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.version.Version;
import io.loda.common.config.ConfigException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MeRoutesTest {

  private TestFolder folder;

  @BeforeEach
  void folder(@TempDir Path temp) {
    folder = new TestFolder(temp);
  }

  @Test
  void tellsTheNamespaces() throws ConfigException {
    folder.registry("ns2", "[]");
    folder.registry("ns1", "[]");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      HttpResponse<String> answer = agent.get("/me/ns");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type"))
          .contains("application/json; charset=utf-8");
      assertThat(answer.body()).isEqualTo("[\"ns1\",\"ns2\"]");
    }
  }

  @Test
  void pullsTheAssignmentsWhenAsked() throws ConfigException {
    folder.registry("ns1", "[{\"measurement_type\":\"HEALTH\",\"name\":\"agent.alive\"}]");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      folder.assign("ns2", folder.plugin("p", "echo '[]'"));

      assertThat(agent.get("/update").body()).isEqualTo("collect items updated");
      assertThat(agent.get("/me/ns").body()).isEqualTo("[\"ns1\",\"ns2\"]");
      assertThat(agent.get("/plugins/list").body()).isEqualTo("ns2|p enabled:true\n");
    }
  }

  @Test
  void saysWhatIsWrongWithTheRegistryAndKeepsWhatItKnows() throws ConfigException {
    folder.assign("ns1", folder.plugin("p", "echo '[]'"));
    try (ServerFixture agent = ServerFixture.start(folder)) {
      folder.registry("ns1", "{");

      HttpResponse<String> text = agent.get("/update");
      assertThat(text.statusCode()).isEqualTo(200);
      assertThat(text.body()).startsWith("update failed: ").contains("ns1.json");
      HttpResponse<String> json = agent.getJson("/update");
      assertThat(json.statusCode()).isEqualTo(502);
      assertThat(new JsonObject(json.body()).getString("message")).startsWith("update failed: ");
      assertThat(agent.get("/plugins/list").body()).isEqualTo("ns1|p enabled:true\n");
    }
  }

  @Test
  void tellsHowItDoes() throws ConfigException {
    String plugin = folder.plugin("p", "echo '[]'");
    folder.assign("ns1", plugin, "ftp://h/refused");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      agent.post("/post", "[{\"name\":\"a\",\"value\":1}]");
      agent.get("/plugins/run?ns=ns1&repo=" + plugin);

      JsonObject status = new JsonObject(agent.get("/me/status").body());

      assertThat(status.getString("version")).isEqualTo(Version.current().version());
      assertThat(status.getLong("pid")).isEqualTo(ProcessHandle.current().pid());
      assertThat(status.getString("hostname")).isEqualTo("host-1");
      assertThat(status.getString("plugin_cage"))
          .containsAnyOf("control groups below ", "session and mark; no control group: ");
      assertThat(status.getInteger("java_threads_left_behind")).isZero();
      assertThat(status.getJsonArray("namespaces")).containsExactly("ns1");
      JsonObject job = status.getJsonArray("jobs").getJsonObject(0);
      assertThat(job.getMap())
          .containsEntry("key", "ns1|p")
          .containsEntry("state", "waiting")
          .containsEntry("runs", 1);
      assertThat(status.getJsonArray("rejected").getJsonObject(0).getString("namespace"))
          .isEqualTo("ns1");
      JsonObject output = status.getJsonArray("outputs").getJsonObject(0);
      assertThat(output.getMap())
          .containsEntry("name", "test")
          .containsEntry("waiting_points", 2)
          .containsEntry("failure", "");
      assertThat(status.getJsonObject("counters").getLong("points.accepted")).isEqualTo(2);
    }
  }

  @Test
  void isInNoRingOfHosts() throws ConfigException {
    folder.registry("ns1", "[]");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      assertThat(agent.get("/member").body()).isEqualTo("null");
    }
  }

  @Test
  void hasNoTrafficWhereNoneIsMeasured() throws ConfigException {
    folder.registry("ns1", "[]");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      assertThat(agent.get("/me/traffic").body()).isEqualTo("[]");
    }
  }

  @Test
  void tellsTheLatestTraffic() throws ConfigException, IOException {
    folder.javaPlugin(NetDouble.class);
    folder.registry(
        "ns1", "[{\"measurement_type\":\"NET\",\"name\":\"net.in\",\"interval\":\"1\"}]");
    try (ServerFixture agent = ServerFixture.start(folder, "plugins.min-interval", "1s")) {
      await().until(() -> !agent.get("/me/traffic").body().equals("[]"));

      JsonObject metric = new JsonArray(agent.get("/me/traffic").body()).getJsonObject(0);
      assertThat(metric)
          .isEqualTo(
              new JsonObject(
                  "{\"name\":\"net.in\",\"timestamp\":1700000000,"
                      + "\"tags\":{\"interface\":\"eth0\"},\"value\":8.5}"));
    }
  }
}
