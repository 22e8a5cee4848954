package io.loda.agent.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.point.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RefusedMessagesTest {

  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir private Path folder;

  private List<Path> files() throws IOException {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void atMostAThousandAreKeptAndTheOldestGo() throws IOException {
    RefusedMessages refused = new RefusedMessages(folder, Runnable::run, () -> NOW);
    for (int i = 0; i < 1_010; i++) {
      refused.keep("queue", new Message("topic", new byte[] {'x'}, 1), "number " + i);
    }
    assertThat(files()).hasSize(1_000);
    assertThat(files().get(0)).content().contains("\"number 10\"");
    assertThat(files().get(999)).content().contains("\"number 1009\"");
  }

  @Test
  void atMostSixteenMebibytesAreKeptAndTheNewestAlways() throws IOException {
    RefusedMessages refused = new RefusedMessages(folder, Runnable::run, () -> NOW);
    for (int i = 0; i < 20; i++) {
      refused.keep("queue", new Message("topic", body(1 << 20), 1), "number " + i);
    }
    long bytes = 0;
    for (Path file : files()) {
      bytes += Files.size(file);
    }
    assertThat(bytes).isBetween(14L << 20, 16L << 20);
    refused.keep("queue", new Message("topic", body(17 << 20), 1), "large");
    assertThat(files()).hasSize(1);
    assertThat(files().get(0)).content().contains("\"large\"");
  }

  @Test
  void moreThanTheDiskKeepsUpWithIsOnlyCounted() throws IOException {
    List<Runnable> tasks = new ArrayList<>();
    RefusedMessages refused = new RefusedMessages(folder, tasks::add, () -> NOW);
    for (int i = 0; i < 20; i++) {
      refused.keep("queue", new Message("topic", new byte[] {'x'}, 1), "number " + i);
    }
    assertThat(tasks).hasSize(16);
    tasks.forEach(Runnable::run);
    assertThat(files()).hasSize(16);
    refused.keep("queue", new Message("topic", new byte[] {'x'}, 1), "later");
    assertThat(tasks).hasSize(17);
  }

  private static byte[] body(int bytes) {
    return "x".repeat(bytes).getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
