package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plugin on demand that starts a service. */
class KeptProcessesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String DONE = "run plugin successfully";

  private final Path temporary;
  private final TestFolder folder;

  KeptProcessesTest(@TempDir Path temporary) {
    this.temporary = temporary;
    this.folder = new TestFolder(temporary);
  }

  @Test
  void theAnswerSaysThatWhatItLeftWasEnded() throws Exception {
    String plugin = service();
    assign(plugin, "false");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      assertThat(agent.get(call("run", plugin)).body())
          .isEqualTo(DONE + "; processes that it left running were ended: 1");
      // a zombie is alive until somebody takes note of its end
      await().atMost(PATIENCE).until(() -> !alive());
      JsonObject answer = new JsonObject(agent.getJson(call("run", plugin)).body());
      assertThat(answer.getString("message")).endsWith("were ended: 1");
      assertThat(answer.getInteger("kept")).isZero();
    }
  }

  @Test
  void keepIsTheOwnersToAllow() throws Exception {
    String plugin = service();
    assign(plugin, "true");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      assertThat(agent.get(call("run", plugin)).body()).contains("left out: policy: allow-keep ");
      assertThat(agent.getJson("/plugins/list").body())
          .contains("policy: allow-keep has to name its repository, and there is no policy.conf");
    }
  }

  @Test
  void whatIsKeptGoesOnUntilItsPluginIsDisabledOrItsKeepIsTakenAway() throws Exception {
    String plugin = service();
    folder.write("conf/policy.conf", "allow-keep = [\"path:" + temporary + "/**\"]\n");
    assign(plugin, "true");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      String first = agent.get(call("run", plugin)).body();
      assumeTrue(!first.contains("no control group"), "no control groups can be made here");
      assertThat(first).isEqualTo(DONE + "; processes that it left running go on: 1");
      assertThat(alive()).isTrue();

      agent.get(call("disable", plugin));
      await().atMost(PATIENCE).until(() -> !alive());

      agent.get(call("enable", plugin));
      assertThat(agent.get(call("run", plugin)).body()).endsWith("go on: 1");
      assertThat(alive()).isTrue();
      agent.get("/update");
      assertThat(alive()).isTrue();

      assign(plugin, "false");
      agent.get("/update");
      await().atMost(PATIENCE).until(() -> !alive());
    }
  }

  @Test
  void anotherRepositoryOfThatNameInheritsNothing() throws Exception {
    String plugin = service();
    Path other = Files.createDirectories(temporary.resolve("other/p"));
    Files.copy(
        Path.of(plugin.substring("path:".length())).resolve("plugin.sh"),
        other.resolve("plugin.sh"),
        StandardCopyOption.COPY_ATTRIBUTES);
    folder.write("conf/policy.conf", "allow-keep = [\"path:" + temporary + "/**\"]\n");
    assign(plugin, "true");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      String first = agent.get(call("run", plugin)).body();
      assumeTrue(!first.contains("no control group"), "no control groups can be made here");
      assertThat(alive()).isTrue();

      assign("path:" + other, "true");
      agent.get("/update");

      await().atMost(PATIENCE).until(() -> !alive());
      assertThat(agent.get(call("run", "path:" + other)).body()).endsWith("go on: 1");
      agent.get(call("disable", "path:" + other));
      await().atMost(PATIENCE).until(() -> !alive());
    }
  }

  @Test
  void ofADisabledPluginNothingIsKeptAndThatIsSaid() throws Exception {
    String plugin = service();
    folder.write("conf/policy.conf", "allow-keep = [\"path:" + temporary + "/**\"]\n");
    assign(plugin, "true");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      agent.get(call("disable", plugin));

      assertThat(agent.get(call("run", plugin)).body())
          .isEqualTo(
              DONE + "; processes that it left running were ended: 1, as the plugin is disabled");
      assertThat(agent.getJson("/plugins/list").body())
          .contains("\"keep\":\"nothing, as it is disabled\"");
      assertThat(agent.get("/plugins/list").body())
          .contains("enabled:false keep:nothing-as-disabled");
    }
  }

  private String service() {
    return folder.plugin(
        "p",
        "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >" + temporary + "/pid; echo '[]'");
  }

  private void assign(String plugin, String keep) {
    folder.registry(
        "ns1",
        """
        [{"measurement_type":"PLUGIN","name":"PLUGIN.p","git":"%s","interval":"0","keep":"%s"}]"""
            .formatted(plugin, keep));
  }

  private boolean alive() throws Exception {
    long pid = Long.parseLong(Files.readString(temporary.resolve("pid")).strip());
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private static String call(String what, String plugin) {
    return "/plugins/" + what + "?ns=ns1&repo=" + plugin;
  }
}
