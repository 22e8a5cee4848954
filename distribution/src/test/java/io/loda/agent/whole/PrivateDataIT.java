package io.loda.agent.whole;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.testing.OtherUser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What another user of the host can do to the data folder of an agent that is root. */
class PrivateDataIT {

  @TempDir private Path folder;

  @BeforeEach
  void needRoot() {
    OtherUser.need();
  }

  private static void started(AgentProcess agent) throws Exception {
    agent.start();
    await().atMost(AgentProcess.PATIENCE).until(agent::answers);
  }

  @Test
  void nothingCanBeReadOrLocked() throws Exception {
    try (AgentProcess agent = new AgentProcess(folder)) {
      started(agent);
      assertThat(agent.post("/post?ns=a.b", "[{\"name\":\"x\",\"value\":1}]").statusCode())
          .isEqualTo(200);

      String found = OtherUser.output("find", agent.dataDir().toString(), "-readable");
      assertThat(found.lines().filter(line -> !line.contains("Permission denied"))).isEmpty();
      for (String lock : new String[] {"agent.lock", "plugins/.agent.lock", "spool/console/lock"}) {
        Process locker = OtherUser.lock(agent.dataDir().resolve(lock));
        try (BufferedReader said =
            new BufferedReader(new InputStreamReader(locker.getInputStream(), UTF_8))) {
          assertThat(said.readLine()).as(lock).contains("Permission denied");
        } finally {
          locker.destroyForcibly();
        }
      }
    }
  }
}
