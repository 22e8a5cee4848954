package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plugin that runs for ever, as its operator sees it. */
class PluginStreamTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<String> points = new ArrayList<>();
  @TempDir private Path temporary;
  private TestFolder folder;

  @BeforeEach
  void make() {
    folder = new TestFolder(temporary);
  }

  @Test
  void sendsEachLineAndIsRunning() throws ConfigException {
    String plugin =
        assign(folder.plugin("p", "echo 'queue,name=mail length=3,age=1.5'; sleep 1000"));
    try (ServerFixture agent = ServerFixture.start(folder)) {
      awaitPoint(agent, "collect.ns1 PLUGIN.p.queue,host=host-1,name=mail length=3,age=1.5 ");

      assertThat(agent.isIn("running", "ns1|p")).isTrue();
      assertThat(agent.get(call("run", plugin)).body()).isEqualTo("plugin is running");
    }
  }

  @Test
  void endsWhenItIsDisabledAndBeginsWhenItIsEnabled() throws ConfigException {
    String plugin = assign(folder.plugin("p", "echo 'a value=1'; exec sleep 1000"));
    try (ServerFixture agent = ServerFixture.start(folder)) {
      awaitPoint(agent, "PLUGIN.p.a,");

      agent.get(call("disable", plugin));
      awaitPoint(agent, "plugin.p,");
      await().atMost(PATIENCE).until(() -> agent.isIn("disabled", "ns1|p"));
      assertThat(points).anyMatch(point -> point.contains("result=ok"));
      assertThat(agent.get(call("run", plugin)).body()).contains("plugin is disabled");

      points.clear();
      agent.get(call("enable", plugin));
      awaitPoint(agent, "PLUGIN.p.a,");
    }
  }

  @Test
  void isNotStartedWhereItIsDisabled() throws ConfigException {
    String plugin = assign(folder.plugin("p", "echo 1 >>" + temporary + "/started; sleep 1000"));
    try (ServerFixture agent = ServerFixture.start(folder)) {
      await().atMost(PATIENCE).until(() -> !folder.lines("started").isEmpty());
      agent.get(call("disable", plugin));
      await().atMost(PATIENCE).until(() -> agent.isIn("disabled", "ns1|p"));
    }
    try (ServerFixture restarted = ServerFixture.start(folder)) {
      assertThat(restarted.isIn("disabled", "ns1|p")).isTrue();
      assertThat(folder.lines("started")).hasSize(1);
    }
  }

  @Test
  void updateStartsTheNewVersion() throws ConfigException, IOException, GitAPIException {
    String plugin = assign(folder.repository("p", "echo 'old value=1'; exec sleep 1000"));
    try (ServerFixture agent = ServerFixture.start(folder)) {
      awaitPoint(agent, "PLUGIN.p.old,");
      folder.repository("p", "echo 'new value=1'; exec sleep 1000");

      assertThat(agent.get(call("update", plugin)).body()).isEqualTo("update successfully");

      awaitPoint(agent, "PLUGIN.p.new,");
    }
  }

  @Test
  void updateStartsWhatIsInItsFolderNow() throws ConfigException, IOException {
    String plugin = assign(folder.plugin("p", "echo 'old value=1'; exec sleep 1000"));
    try (ServerFixture agent = ServerFixture.start(folder)) {
      awaitPoint(agent, "PLUGIN.p.old,");
      Path script = Path.of(plugin.substring("path:".length()), "plugin.sh");
      Files.writeString(script, "#!/bin/sh\necho 'new value=1'; exec sleep 1000\n");

      assertThat(agent.get(call("update", plugin)).body()).contains("a stream restarts");

      awaitPoint(agent, "PLUGIN.p.new,");
    }
  }

  @Test
  void endsWhenItIsAssignedNoMore() throws ConfigException {
    assign(
        folder.plugin(
            "p",
            "trap 'echo >"
                + temporary
                + "/ended; exit' TERM; echo 'a value=1'; while :; do sleep 0.1; done"));
    try (ServerFixture agent = ServerFixture.start(folder)) {
      awaitPoint(agent, "PLUGIN.p.a,");
      folder.assign("ns1", folder.plugin("other", "echo '[]'"));

      agent.get("/update");

      await().atMost(PATIENCE).until(() -> !folder.lines("ended").isEmpty());
    }
  }

  private void awaitPoint(ServerFixture agent, String text) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              points.addAll(agent.points());
              return points.stream().anyMatch(point -> point.contains(text));
            });
  }

  private String assign(String plugin) {
    folder.registry(
        "ns1",
        """
        [{"measurement_type":"PLUGIN","name":"PLUGIN.p","git":"%s","mode":"stream"}]"""
            .formatted(plugin));
    return plugin;
  }

  private static String call(String what, String repository) {
    return "/plugins/" + what + "?ns=ns1&repo=" + repository;
  }
}
