package io.loda.agent.cli.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.files.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StopCommandTest {

  /** As in a container whose first process doesn't look at those that end. */
  @Test
  void aZombieHasEnded() throws Exception {
    Process parent = new ProcessBuilder("sh", "-c", "sleep 600 & echo $!; exec sleep 600").start();
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(parent.getInputStream(), US_ASCII))) {
      ProcessHandle agent = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
      assertThat(StopCommand.ends(agent, Duration.ZERO)).isFalse();
      // the shell would look at it; what the shell becomes doesn't
      await().atMost(Duration.ofSeconds(60)).until(() -> name(parent).equals("sleep"));

      agent.destroy();

      assertThat(StopCommand.ends(agent, Duration.ofSeconds(60))).isTrue();
      assertThat(agent.isAlive()).as("what is left of it").isTrue();
      assertThat(Processes.runs(agent.pid())).isFalse();
    } finally {
      parent.destroyForcibly();
    }
  }

  private static String name(Process process) throws IOException {
    return Files.readString(Path.of("/proc/" + process.pid() + "/comm")).strip();
  }
}
