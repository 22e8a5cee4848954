package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code agent plugin …}, and what they change, on a real agent. */
class PluginCommandsIT {

  @TempDir private Path folder;

  @Test
  void showThePluginsAndRunThem() throws Exception {
    plugin("good", "echo '[{\"name\":\"answer\",\"value\":42,\"tags\":{\"a\":\"b\"}},{}]'");
    plugin("bad", "echo the disk is gone >&2", "exit 3");
    try (AgentProcess agent = agent("good", "bad")) {
      start(agent);
      AgentProcess.Finished list = agent.command("plugin", "list");
      assertThat(list.exitCode()).as(list.out()).isZero();
      assertThat(list.out())
          .containsPattern(
              "PLUGIN +NAME +STATE +VERSION +EVERY +NEXT +RUNS +FAILED +LAST +PROBLEM\n")
          .containsPattern("a\\.b\\|good +PLUGIN\\.good +waiting +- +on demand +- +0 +0 +-\n");

      AgentProcess.Finished good = agent.command("plugin", "run", "good", "--timeout", "20");
      assertThat(good.exitCode()).as(good.out()).isZero();
      assertThat(good.out())
          .contains("answer {a=\"b\"} value=42\n", "refused: item 2: ", "\nok; exit code 0, ")
          .contains("1 metric, 1 refused");
      assertThat(agent.command("plugin", "run", "PLUGIN.good").exitCode()).isZero();
      AgentProcess.Finished bad = agent.command("plugin", "run", "a.b|bad");
      assertThat(bad.exitCode()).isEqualTo(1);
      assertThat(bad.out())
          .contains("  the disk is gone\n", "exit: ended with exit code 3; exit code 3, ");

      AgentProcess.Finished runs = agent.command("plugin", "runs", "--ns", "a.b", "--repo", "bad");
      assertThat(runs.exitCode()).as(runs.out()).isZero();
      assertThat(runs.out())
          .containsPattern("exit +call +[0-9]+ ms +0 +0 +3 ")
          .contains("standard error of the failure at ", ":\nthe disk is gone\n");
      assertThat(agent.command("plugin", "runs", "good", "--json").out())
          .startsWith("{\"runs\":[{\"start\":\"")
          .contains("\"result\":\"ok\"");
      assertThat(agent.command("plugin", "update", "good").out())
          .startsWith("nothing was fetched: its folder is run in place");

      AgentProcess.Finished unknown = agent.command("plugin", "run", "none");
      assertThat(unknown.exitCode()).isEqualTo(1);
      assertThat(unknown.out())
          .isEqualTo(
              "agent: no such plugin; there are 'a.b|good' (PLUGIN.good), 'a.b|bad' (PLUGIN.bad)\n");
      assertThat(agent.command("plugin", "run", "good", "--param", "a;b").exitCode()).isZero();
    }
  }

  @Test
  void whatIsDisabledStaysSoWhenTheAgentIsKilledAndIsEnabledADayLater() throws Exception {
    plugin("good", "echo '[]'");
    plugin("other", "echo '[]'");
    try (AgentProcess agent = agent("good", "other")) {
      start(agent);
      assertThat(agent.command("plugin", "disable", "good").out())
          .isEqualTo("plugin disabled successfully\n");
      assertThat(agent.command("plugin", "disable", "other").exitCode()).isZero();
      Path state = agent.dataDir().resolve("plugins/plugin.disabled");
      Files.setLastModifiedTime(
          state.resolve("a.b|other"),
          FileTime.from(Instant.now().minus(Duration.ofHours(24).plusMinutes(1))));
      agent.signal("KILL");
      agent.exitCode();

      start(agent);
      await()
          .untilAsserted(
              () ->
                  assertThat(agent.get("/plugins/list").body())
                      .isEqualTo("a.b|good enabled:false\na.b|other enabled:true\n"));
      assertThat(state.resolve("a.b|good")).exists();
      assertThat(state.resolve("a.b|other")).doesNotExist();
      assertThat(agent.log()).contains("plugin a.b|other: enabled again after 24 h");

      assertThat(agent.command("plugin", "enable", "good").out())
          .isEqualTo("plugin enabled successfully\n");
      agent.signal("KILL");
      agent.exitCode();
      start(agent);
      assertThat(agent.get("/plugins/list").body()).startsWith("a.b|good enabled:true\n");
    }
  }

  @Test
  void withoutAnAgentTheySaySo() throws Exception {
    try (AgentProcess agent = agent()) {
      for (String command : new String[] {"list", "run", "runs", "update", "enable", "disable"}) {
        AgentProcess.Finished finished =
            command.equals("list")
                ? agent.command("plugin", command)
                : agent.command("plugin", command, "good");
        assertThat(finished.exitCode()).isEqualTo(1);
        assertThat(finished.out()).startsWith("agent: no agent runs on " + agent.dataDir());
      }
    }
  }

  private AgentProcess agent(String... plugins) throws IOException {
    StringBuilder items = new StringBuilder();
    for (String plugin : plugins) {
      items
          .append("{ measurement_type = PLUGIN, name = PLUGIN.")
          .append(plugin)
          .append(", git = \"path:")
          .append(folder.resolve(plugin))
          .append("\", interval = 0 }\n");
    }
    Path registry = Files.createDirectories(folder.resolve("registry"));
    Files.writeString(registry.resolve("a.b.conf"), "[ " + items + " ]\n");
    return new AgentProcess(
        folder, "registry { type = directory, directory { path = \"" + registry + "\" } }");
  }

  /** Until its plugins are there. */
  private static void start(AgentProcess agent) throws IOException {
    agent.start();
    await()
        .atMost(AgentProcess.PATIENCE)
        .ignoreExceptions()
        .until(() -> agent.get("/plugins/list").body().startsWith("a.b|good "));
  }

  private void plugin(String name, String... lines) throws IOException {
    Path plugin = Files.createDirectory(folder.resolve(name));
    Path script = plugin.resolve("plugin.sh");
    Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    for (Path path : new Path[] {plugin, script}) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }
}
