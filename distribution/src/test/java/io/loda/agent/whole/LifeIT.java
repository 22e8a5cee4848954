package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Start, stop, and what goes wrong on the way. */
class LifeIT {

  @TempDir private Path folder;

  private void started(AgentProcess agent) throws Exception {
    agent.start();
    await().atMost(AgentProcess.PATIENCE).until(agent::answers);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aSignalFlushesAndEndsItWith0(String signal) throws Exception {
    try (AgentProcess agent = new AgentProcess(folder)) {
      started(agent);
      assertThat(agent.post("/post?ns=a.b", "[{\"name\":\"last\",\"value\":1}]").statusCode())
          .isEqualTo(200);
      agent.signal(signal);
      assertThat(agent.exitCode()).isZero();
      assertThat(agent.output()).contains("RUN.last,host=vm value=1 ");
      assertThat(agent.leftBehind()).isEmpty();
      assertThat(agent.dataDir().resolve("agent.pid")).doesNotExist();
    }
  }

  @Test
  void aSecondStartOnTheSameDataFolderIsRefusedWithThePidOfTheFirst() throws Exception {
    try (AgentProcess agent = new AgentProcess(folder)) {
      started(agent);
      assertThat(Files.readString(agent.dataDir().resolve("agent.pid")).strip())
          .isEqualTo(Long.toString(agent.pid()));
      AgentProcess.Finished second = agent.command("start");
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.out()).contains("is in use by the agent with pid " + agent.pid());
      assertThat(agent.answers()).isTrue();
    }
  }

  @Test
  void inTheBackgroundItIsUpWhenTheCommandComesBack() throws Exception {
    try (AgentProcess agent = new AgentProcess(folder)) {
      AgentProcess.Finished start = agent.command("start", "-d");
      assertThat(start.exitCode()).as(start.out()).isZero();
      assertThat(start.out()).contains("started, its log is " + agent.dataDir());
      assertThat(agent.answers()).isTrue();
      assertThat(Files.readString(agent.dataDir().resolve("agent.log"))).contains("HTTP API at");
      AgentProcess.Finished second = agent.command("start", "-d");
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.out()).contains("is in use by the agent with pid ");
      assertThat(agent.command("stop").exitCode()).isZero();
      assertThat(agent.leftBehind()).isEmpty();
    }
  }

  @Test
  void aStartInTheBackgroundThatFailsSaysWhy() throws Exception {
    try (AgentProcess agent = new AgentProcess(folder);
        AgentProcess other = new AgentProcess(folder)) {
      started(agent);
      String config = Files.readString(agent.config());
      Files.writeString(
          other.config(), config.replace(agent.dataDir().toString(), other.dataDir().toString()));
      AgentProcess.Finished start = other.command("start", "-d");
      assertThat(start.exitCode()).isEqualTo(1);
      assertThat(start.out()).contains("http.listen: can't listen on 127.0.0.1:");
    }
  }

  @Test
  void anAgentThatWasKilledStartsAgain() throws Exception {
    try (AgentProcess agent = new AgentProcess(folder)) {
      started(agent);
      agent.signal("KILL");
      agent.exitCode();
      started(agent);
      assertThat(agent.command("stop").exitCode()).isZero();
      assertThat(agent.exitCode()).isZero();
      AgentProcess.Finished again = agent.command("stop");
      assertThat(again.exitCode()).isEqualTo(1);
      assertThat(again.out()).contains("no agent runs on " + agent.dataDir());
    }
  }

  @Test
  void aWrongConfigurationNamesEveryProblemAndEndsWith2() throws Exception {
    try (AgentProcess agent =
        new AgentProcess(
            folder,
            "http { lisen = x, max-body = many }",
            "outputs { q { type = kafka } }",
            "plugins { user = \"no such user\" }")) {
      agent.start();
      assertThat(agent.exitCode()).isEqualTo(2);
      assertThat(agent.log())
          .contains(
              "http.lisen: expected a known key (http.listen?), found",
              "http.max-body: expected a size",
              "outputs.q.type: expected one of stdout, nsq, found \"kafka\"",
              "plugins.user: expected");
    }
  }

  @Test
  void anAddressThatIsTakenIsSaidAndEndsItWith1() throws Exception {
    try (AgentProcess agent = new AgentProcess(folder);
        AgentProcess other = new AgentProcess(folder)) {
      started(agent);
      String config = Files.readString(agent.config());
      Files.writeString(
          other.config(), config.replace(agent.dataDir().toString(), other.dataDir().toString()));
      other.start();
      assertThat(other.exitCode()).isEqualTo(1);
      assertThat(other.log()).contains("http.listen: can't listen on 127.0.0.1:");
    }
  }

  @Test
  void theFirstLinesOfTheLogSayWhereTheApiIsAndWhatIsCollected() throws Exception {
    try (AgentProcess agent = new AgentProcess(folder)) {
      started(agent);
      await().until(() -> agent.log().contains("collects "));
      // a busy machine makes the loop's first steps slow, which is said too, with a stack
      assertThat(agent.log().lines().filter(line -> line.contains(" INFO ")).limit(6))
          .anyMatch(line -> line.contains("HTTP API at http://127.0.0.1:"))
          .anyMatch(line -> line.contains("collects ") && line.contains("plugin example"));
      AgentProcess.Finished status = agent.command("status");
      assertThat(status.exitCode()).isZero();
      assertThat(status.out())
          .contains("data folder " + agent.dataDir(), "registry: the folder ")
          .containsPattern("agent .* pid [0-9]+, up ");
      assertThat(agent.command("status", "--json").out()).contains("\"version\":");
    }
  }

  @Test
  void versionIsOneLine() throws Exception {
    AgentProcess.Finished version =
        AgentProcess.run(System.getProperty("agent.root", ".") + "/bin/agent", "version");
    assertThat(version.exitCode()).isZero();
    assertThat(version.out()).matches("agent [0-9.]+ \\(commit .*\\)\n");
  }
}
