package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.source.HangingSampler;
import io.loda.common.config.ConfigException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /plugins/runs}, and the plugins that run less often as they keep failing. */
final class PluginRunsTest {

  private TestFolder folder;

  @BeforeEach
  void folder(@TempDir Path temp) {
    folder = new TestFolder(temp);
  }

  private static String call(String what, String repository) {
    return "/plugins/" + what + "?ns=ns1&repo=" + repository;
  }

  private static List<JsonObject> runs(ServerFixture agent, String plugin) {
    HttpResponse<String> answer = agent.get(call("runs", plugin));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type"))
        .contains("application/json; charset=utf-8");
    return new JsonObject(answer.body())
        .getJsonArray("runs").stream().map(JsonObject.class::cast).toList();
  }

  @Test
  void showsHowEachRunWent() throws ConfigException {
    String plugin =
        folder.plugin(
            "p", "echo '[{\"name\":\"m\",\"value\":1},{}]'; echo \"said $1\" >&2; exit ${1#x}");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      assertThat(runs(agent, plugin)).isEmpty();
      agent.get(call("run", plugin) + "&param=x0");
      agent.get(call("run", plugin) + "&param=x7");

      List<JsonObject> runs = runs(agent, plugin);
      assertThat(runs).hasSize(2);
      JsonObject failed = runs.get(0);
      assertThat(failed.getMap())
          .containsEntry("result", "exit")
          .containsEntry("type", "call")
          .containsEntry("exit_code", 7)
          .containsEntry("detail", "ended with exit code 7")
          .containsEntry("stderr", "said x7\n")
          .containsEntry("stderr_dropped", false)
          .containsEntry("commit", "")
          .containsEntry("points", 0)
          .containsKeys(
              "duration_ms", "output_bytes", "cpu_ms", "max_rss_kb", "skipped", "leftovers");
      JsonObject good = runs.get(1);
      assertThat(good.getMap())
          .containsEntry("result", "ok")
          .containsEntry("points", 1)
          .containsEntry("refused", 1);
      assertThat(good.getJsonArray("first_refused").getString(0)).startsWith("item 2: name: ");
      assertThat(Instant.parse(good.getString("start")))
          .isBefore(Instant.parse(failed.getString("start")))
          .isAfter(Instant.now().minus(Duration.ofHours(1)));
    }
  }

  @Test
  void keepsTheLastTwentyWithTheEndOfTheirStandardError() throws ConfigException {
    String plugin = folder.plugin("p", "yes 0123456789abcde | head -n 5000 >&2; echo \"$1\" >&2");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      for (int i = 0; i < 21; i++) {
        agent.get(call("run", plugin) + "&param=last" + i);
      }

      List<JsonObject> runs = runs(agent, plugin);
      assertThat(runs).hasSize(20);
      assertThat(runs.get(0).getString("stderr")).endsWith("\nlast20\n").hasSize(64 * 1024);
      assertThat(runs.get(19).getString("stderr")).endsWith("\nlast1\n").hasSize(64 * 1024);
    }
  }

  @Test
  void keepsHowABadOutputBegan() throws ConfigException {
    String plugin =
        folder.plugin(
            "p",
            "[ -z \"$1\" ] || { printf '[1,\\033[2J\\n'; exec head -c 20000 /dev/zero | tr '\\0' x; };"
                + " echo '[]'");
    folder.registry(
        "ns1",
        "[{\"measurement_type\":\"PLUGIN\",\"name\":\"PLUGIN.p\",\"git\":\""
            + plugin
            + "\",\"interval\":\"3600\"}]");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      await().until(() -> agent.isIn("waiting", "ns1|p"));
      agent.get(call("run", plugin));
      HttpResponse<String> answer = agent.getJson(call("run", plugin) + "&param=bad");

      JsonObject run = runs(agent, plugin).get(0);
      assertThat(run.getString("result")).isEqualTo("bad-output");
      assertThat(run.getString("bad_output")).startsWith("[1,\u001b[2J\nxxx").hasSize(2048);
      assertThat(new JsonObject(answer.body()).getString("bad_output"))
          .isEqualTo(run.getString("bad_output"));
      assertThat(answer.body()).doesNotContain("\u001b");
      assertThat(runs(agent, plugin).get(1).getString("bad_output")).isEmpty();
    }
  }

  @Test
  void saysWhichCommitRan() throws ConfigException, IOException, GitAPIException {
    String plugin = folder.repository("p", "echo '[]'");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      agent.get(call("run", plugin));

      String commit = runs(agent, plugin).get(0).getString("commit");
      assertThat(commit).matches("[0-9a-f]{40}");
      assertThat(folder.path().resolve("data/plugins/ns1/.versions/p/" + commit)).exists();
      assertThat(agent.points())
          .anyMatch(point -> point.contains(" plugin.p,commit=" + commit + ",host=host-1,"));
    }
  }

  @Test
  void knowsAssignedPluginsOnlyAndForgetsTheOthers() throws ConfigException {
    String plugin = folder.plugin("p", "echo '[]'");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      agent.get(call("run", plugin));
      assertThat(runs(agent, plugin)).hasSize(1);
      folder.assign("ns1", folder.plugin("other", "echo '[]'"));
      agent.get("/update");

      HttpResponse<String> gone = agent.get(call("runs", plugin));
      assertThat(gone.statusCode()).isEqualTo(404);
      assertThat(gone.body()).isEqualTo("plugin doesn't exist, add to loda first please");

      folder.assign("ns1", plugin);
      agent.get("/update");
      await().until(() -> agent.isIn("waiting", "ns1|p"));
      assertThat(runs(agent, plugin)).isEmpty();
    }
  }

  @Test
  void aPluginThatKeepsFailingIsShownAsSlowedUntilARunIsGood() throws ConfigException {
    String plugin = folder.plugin("p", "[ -e " + folder.path() + "/go ]");
    folder.registry(
        "ns1",
        "[{\"measurement_type\":\"PLUGIN\",\"name\":\"PLUGIN.p\",\"git\":\""
            + plugin
            + "\",\"interval\":\"1\"}]");
    try (ServerFixture agent =
        ServerFixture.start(folder, "plugins.min-interval", "1s", "plugins.breaker", "1")) {
      await().until(() -> agent.isIn("slowed", "ns1|p"));
      JsonObject slowed = listed(agent);
      assertThat(slowed.getBoolean("slowed")).isTrue();
      assertThat(slowed.getInteger("failures_in_row")).isPositive();
      assertThat(Instant.parse(slowed.getString("next_run")))
          .isBefore(Instant.now().plus(Duration.ofSeconds(12)));
      assertThat(agent.get("/plugins/list").body()).isEqualTo("ns1|p enabled:true\n");

      folder.write("go", "");
      // its own run may be under way
      await().until(() -> agent.get(call("run", plugin)).body().equals("run plugin successfully"));
      assertThat(listed(agent).getBoolean("slowed")).isFalse();
    }
  }

  @Test
  void aJavaPluginThatHangsIsShownAsSuchAndKeepsNobody() throws ConfigException {
    HangingSampler.shut();
    folder.registry(
        "ns1",
        """
        [{"measurement_type":"GOPLUGIN","name":"test-hanging","interval":"1","stubborn":"true"},
         {"measurement_type":"GOPLUGIN","name":"test-echo","interval":"1"}]
        """);
    try (ServerFixture agent = ServerFixture.start(folder, "plugins.min-interval", "1s")) {
      await().until(() -> agent.isIn("hanging", "GOPLUGIN ns1 test-hanging"));
      JsonObject hanging = listed(agent);
      assertThat(hanging.getString("type")).isEqualTo("java");
      assertThat(hanging.getString("problem")).contains("HangingSampler.hang(HangingSampler.java:");
      assertThat(hanging.getString("next_run")).isNull();
      agent.points();
      await()
          .until(
              () -> agent.points().stream().anyMatch(p -> p.contains(" PLUGIN.test-echo.echo,")));
      assertThat(agent.get("/plugins/list").body()).as("no script's").isEmpty();
    } finally {
      HangingSampler.letGo();
    }
  }

  @Test
  void showsAnAddressWithoutItsPasswordAndTakesItSo() throws ConfigException {
    String secret = "https://me:geheim@127.0.0.1:1/group/p.git";
    folder.assign("ns1", secret);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      String list = agent.getJson("/plugins/list").body();
      assertThat(list).contains("https://***@127.0.0.1:1/group/p.git").doesNotContain("geheim");

      String shown = "https://***@127.0.0.1:1/group/p.git";
      assertThat(runs(agent, shown)).isEmpty();
      assertThat(runs(agent, secret)).isEmpty();
    }
  }

  private static JsonObject listed(ServerFixture agent) {
    return new JsonObject(agent.getJson("/plugins/list").body())
        .getJsonArray("plugins")
        .getJsonObject(0);
  }
}
