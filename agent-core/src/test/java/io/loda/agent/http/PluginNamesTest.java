package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.config.ConfigException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls on plugins by their items' names, and on those in Java. */
final class PluginNamesTest {

  private TestFolder folder;
  private ServerFixture agent;

  @BeforeEach
  void start(@TempDir Path temp) throws ConfigException {
    folder = new TestFolder(temp);
    String wait = "; while [ ! -e " + temp + "/go ]; do sleep 0.05; done";
    JsonArray items =
        new JsonArray()
            .add(script("PLUGIN.mail", folder.plugin("bare", "echo mail >>" + temp + "/runs")))
            .add(script("PLUGIN.post", folder.plugin("disk", "echo post >>" + temp + "/runs")))
            .add(
                script(
                    "PLUGIN.disk", folder.plugin("slow", "echo slow >>" + temp + "/runs" + wait)))
            .add(
                script("PLUGIN.PLUGIN.twice", folder.plugin("two", "echo two >>" + temp + "/runs")))
            .add(java("test-echo").put("path", "/var"))
            .add(java("PLUGIN.failing"));
    folder.registry("ns1", items.encode());
    agent = ServerFixture.start(folder);
    await().until(() -> agent.isIn("waiting", "GOPLUGIN ns1 test-echo"));
    await().until(() -> agent.isIn("waiting", "ns1|slow"));
  }

  @AfterEach
  void stop() {
    folder.write("go", "");
    agent.close();
  }

  private static JsonObject script(String name, String git) {
    return new JsonObject()
        .put("measurement_type", "PLUGIN")
        .put("name", name)
        .put("git", git)
        .put("interval", "0");
  }

  private static JsonObject java(String name) {
    return new JsonObject()
        .put("measurement_type", "GOPLUGIN")
        .put("name", name)
        .put("interval", "3600");
  }

  private static String call(String what, String by, String name) {
    return "/plugins/"
        + what
        + "?ns=ns1&"
        + by
        + "="
        + URLEncoder.encode(name, StandardCharsets.UTF_8);
  }

  private List<JsonObject> runs(String name) {
    return new JsonObject(agent.get(call("runs", "name", name)).body())
        .getJsonArray("runs").stream().map(JsonObject.class::cast).toList();
  }

  @Test
  void anItemsNameIsAsGoodAsItsRepository() {
    for (String name : List.of("PLUGIN.mail", "mail", "bare")) {
      assertThat(agent.get(call("run", "name", name)).body()).isEqualTo("run plugin successfully");
      assertThat(agent.get(call("run", "repo", name)).body())
          .as("no repository")
          .isEqualTo("plugin doesn't exist, add to loda first please");
    }
    assertThat(folder.lines("runs")).hasSize(3).containsOnly("mail");
    assertThat(agent.get(call("disable", "name", "mail")).body())
        .isEqualTo("plugin disabled successfully");
    assertThat(agent.get("/plugins/list").body()).contains("ns1|bare enabled:false\n");
    assertThat(agent.get(call("runs", "name", "none")).statusCode()).isEqualTo(404);
  }

  @Test
  void ofTwoPrefixesOneIsTheNames() {
    for (String name : List.of("PLUGIN.PLUGIN.twice", "PLUGIN.twice", "ns1|two")) {
      assertThat(agent.get(call("run", "name", name)).body())
          .as(name)
          .isEqualTo("run plugin successfully");
    }
    assertThat(agent.get(call("runs", "name", "twice")).statusCode()).isEqualTo(404);
  }

  @Test
  void whatTwoAreCalledIsRefusedWithBoth() {
    HttpResponse<String> answer = agent.getJson(call("run", "name", "disk"));

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(new JsonObject(answer.body()).getString("message"))
        .isEqualTo(
            "several plugins are called \"disk\": 'ns1|disk' (PLUGIN.post), 'ns1|slow' (PLUGIN.disk)");
    assertThat(agent.get(call("run", "name", "ns1|disk")).body())
        .isEqualTo("run plugin successfully");
    assertThat(folder.lines("runs")).containsExactly("post");
  }

  @Test
  void aJavaPluginIsRunAndItsRunsAreShown() {
    assertThat(agent.get(call("run", "name", "PLUGIN.test-echo")).body())
        .isEqualTo("run plugin successfully");
    assertThat(agent.points())
        .singleElement()
        .asString()
        .startsWith("collect.ns1 PLUGIN.test-echo.echo,")
        .contains(",path=/var");
    HttpResponse<String> json = agent.getJson(call("run", "name", "test-echo"));
    assertThat(json.statusCode()).isEqualTo(200);
    JsonObject ran = new JsonObject(json.body());
    assertThat(ran.getMap()).containsEntry("result", "ok").containsEntry("points", 1);
    assertThat(ran.getJsonArray("metrics").getJsonObject(0).getString("name")).isEqualTo("echo");

    List<JsonObject> runs = runs("test-echo");
    assertThat(runs).hasSize(2);
    assertThat(runs.get(0).getMap())
        .containsEntry("result", "ok")
        .containsEntry("type", "call")
        .containsEntry("points", 1)
        .containsEntry("exit_code", -1);
    assertThat(agent.getJson(call("run", "name", "test-echo") + "&param=x").statusCode())
        .isEqualTo(400);
    assertThat(agent.getJson(call("update", "name", "test-echo")).body())
        .contains("plugins.java-dir");
  }

  @Test
  void aJavaPluginsFailureIsTold() {
    folder.registry(
        "ns1", new JsonArray().add(java("test-echo").put("fails", "exception")).encode());
    agent.get("/update");
    await().until(() -> agent.isIn("waiting", "GOPLUGIN ns1 test-echo"));

    assertThat(agent.get(call("run", "name", "test-echo")).body())
        .isEqualTo("run plugin ns1 test-echo accurs an error:no such device");
    assertThat(runs("test-echo").get(0).getMap())
        .containsEntry("result", "failed")
        .containsEntry("detail", "no such device");
  }

  @Test
  void aJavaPluginIsDisabledAlsoAcrossARestart() throws ConfigException {
    assertThat(agent.get(call("disable", "name", "test-echo")).body())
        .isEqualTo("plugin disabled successfully");
    await().until(() -> agent.isIn("disabled", "GOPLUGIN ns1 test-echo"));
    agent.close();
    agent = ServerFixture.start(folder);
    await().until(() -> agent.isIn("disabled", "GOPLUGIN ns1 test-echo"));

    agent.get(call("enable", "name", "test-echo"));
    await().until(() -> agent.isIn("waiting", "GOPLUGIN ns1 test-echo"));
  }

  @Test
  void whoWaitsIsRunWhenTheOtherRunHasEnded() {
    String slow = call("run", "name", "PLUGIN.disk").replace("PLUGIN.disk", "ns1%7Cslow");
    Future<HttpResponse<String>> first = agent.sendAside(agent.request(slow + "&timeout=300"));
    await().until(() -> agent.isIn("running", "ns1|slow"));

    HttpResponse<String> older = agent.get(slow);
    assertThat(older.body()).isEqualTo("plugin is running");
    assertThat(older.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L, 310L);
    assertThat(agent.get(slow + "&wait=true&timeout=1").body())
        .matches("plugin is running, and its run hasn't ended within 1.0 s; it ends within \\d+ s");
    Future<HttpResponse<String>> waits =
        agent.sendAside(agent.request(slow + "&wait=true&timeout=300"));
    // it takes the second place of those by hand while it waits
    await()
        .until(
            () ->
                agent
                    .get(call("run", "name", "mail"))
                    .body()
                    .contains("plugins run by hand, the most at once"));

    folder.write("go", "");
    assertThat(ServerFixture.waitFor(first).body()).isEqualTo("run plugin successfully");
    assertThat(ServerFixture.waitFor(waits).body()).isEqualTo("run plugin successfully");
    assertThat(folder.lines("runs").stream().filter("slow"::equals)).hasSize(2);
  }
}
