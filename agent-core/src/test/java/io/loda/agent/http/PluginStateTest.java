package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.config.ConfigException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that change a plugin for longer: enable, disable and update; and by which methods. */
final class PluginStateTest {

  private TestFolder folder;

  @BeforeEach
  void folder(@TempDir Path temp) {
    folder = new TestFolder(temp);
  }

  private static String call(String what, String repository) {
    return "/plugins/" + what + "?ns=ns1&repo=" + repository;
  }

  @Test
  void keepsAPluginDisabledAcrossARestart() throws ConfigException {
    String plugin = folder.plugin("p", "echo '[]'");
    folder.assign("ns1", plugin);
    Path state = folder.path().resolve("data/plugins/plugin.disabled/ns1|p");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      assertThat(agent.get(call("disable", plugin)).body())
          .isEqualTo("plugin disabled successfully");
      assertThat(agent.get("/plugins/list").body()).isEqualTo("ns1|p enabled:false\n");
      assertThat(state).exists();
    }
    try (ServerFixture restarted = ServerFixture.start(folder)) {
      assertThat(restarted.get("/plugins/list").body()).isEqualTo("ns1|p enabled:false\n");
      assertThat(restarted.get(call("enable", plugin)).body())
          .isEqualTo("plugin enabled successfully");
      assertThat(restarted.get("/plugins/list").body()).isEqualTo("ns1|p enabled:true\n");
      assertThat(state).doesNotExist();
      assertThat(restarted.getJson(call("enable", plugin)).body())
          .isEqualTo("{\"status\":200,\"message\":\"plugin enabled successfully\"}");
    }
  }

  @Test
  void listsAPluginAsDisabledAlsoWhileItRuns() throws ConfigException {
    String plugin =
        folder.plugin("p", "while [ ! -e " + folder.path() + "/go ]; do sleep 0.05; done");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      Future<HttpResponse<String>> run = agent.sendAside(agent.request(call("run", plugin)));
      await().until(() -> agent.isIn("running", "ns1|p"));
      agent.get(call("disable", plugin));

      assertThat(agent.get("/plugins/list").body()).isEqualTo("ns1|p enabled:false\n");
      folder.write("go", "");
      assertThat(ServerFixture.waitFor(run).body()).isEqualTo("run plugin successfully");
    }
  }

  @Test
  void saysWhenTheStateCannotBeKept() throws ConfigException, IOException {
    String plugin = folder.plugin("p", "echo '[]'");
    folder.assign("ns1", plugin);
    Files.createDirectories(folder.path().resolve("data/plugins"));
    folder.write("data/plugins/plugin.disabled", "a file where the folder should be");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      HttpResponse<String> answer = agent.getJson(call("disable", plugin));

      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(new JsonObject(answer.body()).getString("message"))
          .startsWith("failed to disable plugin: ")
          .contains("plugin.disabled");
      assertThat(agent.get("/plugins/list").body()).isEqualTo("ns1|p enabled:true\n");
    }
  }

  @Test
  void updatesAFolderByLeavingItAloneAndSaysSo() throws ConfigException {
    String plugin = folder.plugin("p", "echo '[]'");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      assertThat(agent.get(call("update", plugin)).body())
          .startsWith("nothing was fetched: its folder is run in place");
    }
  }

  @Test
  void runsTheOldVersionUntilItIsUpdated() throws ConfigException, IOException, GitAPIException {
    String plugin = folder.repository("p", "echo 1 >>" + folder.path() + "/versions");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      folder.repository("p", "echo 2 >>" + folder.path() + "/versions");
      agent.get(call("run", plugin));
      assertThat(folder.lines("versions")).containsExactly("1");

      assertThat(agent.get(call("update", plugin)).body()).isEqualTo("update successfully");
      agent.get(call("run", plugin));
      assertThat(folder.lines("versions")).containsExactly("1", "2");
    }
  }

  @Test
  void takesManyUpdatesOfOnePluginAtATime() throws ConfigException, IOException, GitAPIException {
    String plugin = folder.repository("p", "echo '[]'");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      folder.repository("p", "echo '[ ]'");
      List<Future<HttpResponse<String>>> calls =
          Stream.generate(() -> agent.sendAside(agent.request(call("update", plugin))))
              .limit(6)
              .toList();

      assertThat(calls.stream().map(one -> ServerFixture.waitFor(one).body()))
          .hasSize(6)
          .containsOnly("update successfully");
    }
  }

  @Test
  void saysWhyAnUpdateFailedAndRunsTheOldVersion()
      throws ConfigException, IOException, GitAPIException {
    String plugin = folder.repository("p", "echo '[]'");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      Files.move(
          folder.path().resolve("repositories/p"), folder.path().resolve("repositories/gone"));

      HttpResponse<String> text = agent.get(call("update", plugin));
      assertThat(text.statusCode()).isEqualTo(200);
      assertThat(text.body()).startsWith("update failed: git " + plugin + " can't be read: ");
      HttpResponse<String> json = agent.getJson(call("update", plugin));
      assertThat(json.statusCode()).isEqualTo(500);
      assertThat(agent.get(call("run", plugin)).body()).isEqualTo("run plugin successfully");
    }
  }

  @Test
  void changesNothingByGetWhereThatIsSwitchedOff() throws ConfigException {
    String plugin = folder.plugin("p", "echo '[]'");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder, "http.legacy-get", "false")) {
      for (String what : List.of("run", "update", "enable", "disable")) {
        HttpResponse<String> refused = agent.get(call(what, plugin));
        assertThat(refused.statusCode()).isEqualTo(405);
        assertThat(refused.body())
            .isEqualTo("method: expected POST, found GET (http.legacy-get is false)");
        assertThat(refused.headers().firstValue("Allow")).contains("POST");
        assertThat(agent.post(call(what, plugin), "").body())
            .contains(what.equals("update") ? "nothing was fetched" : "successfully");
      }
      assertThat(agent.get("/update").statusCode()).isEqualTo(405);
      assertThat(agent.post("/update", "").body()).isEqualTo("collect items updated");
      assertThat(agent.get("/plugins/list").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void changesNothingByHead() throws ConfigException {
    String plugin = folder.plugin("p", "echo run >>" + folder.path() + "/runs");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      HttpRequest.Builder head =
          agent.request(call("run", plugin)).method("HEAD", HttpRequest.BodyPublishers.noBody());

      assertThat(agent.send(head).statusCode()).isEqualTo(405);
      assertThat(folder.lines("runs")).isEmpty();
    }
  }
}
