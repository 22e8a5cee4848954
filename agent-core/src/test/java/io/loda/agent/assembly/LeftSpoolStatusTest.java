package io.loda.agent.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.delivery.SpoolFixture;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the whole agent says of outputs that were taken out of its configuration. */
class LeftSpoolStatusTest {

  @TempDir private Path folder;

  @Test
  void saysHowMuchWaitsAndHowMuchIsMissing() throws Exception {
    Path data = folder.resolve("data");
    SpoolFixture spools = new SpoolFixture(data);
    spools.write("old");
    spools.write("robbed");
    deleteSegments(data.resolve("spool/robbed"));
    try (RunningAgent agent = new RunningAgent(folder, OutputStream.nullOutputStream())) {
      await().atMost(Duration.ofSeconds(60)).until(() -> agent.outputs().size() == 3);

      JsonObject old = agent.outputs().get(1);
      assertThat(old.getString("name")).isEqualTo("old");
      assertThat(old.getLong("waiting_points")).isEqualTo(5);
      assertThat(old.getLong("disk_bytes")).isBetween(500L, 1000L);
      JsonObject robbed = agent.outputs().get(2);
      assertThat(robbed.getLong("waiting_points")).isZero();
      assertThat(robbed.getLong("dropped_points")).isEqualTo(5);
      assertThat(agent.get("/me/status").getJsonObject("counters").getMap())
          .containsEntry("points.discarded.missing", 5);
      assertThat(agent.get("/health").getJsonArray("problems").stream().map(String.class::cast))
          .anySatisfy(
              problem ->
                  assertThat(problem)
                      .startsWith("output old: ")
                      .endsWith(
                          "(5 points wait, 0 bytes in memory and "
                              + old.getLong("disk_bytes")
                              + " on disk)"));
    }
  }

  private static void deleteSegments(Path spool) throws IOException {
    try (Stream<Path> files = Files.list(spool)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".spool")).toList()) {
        Files.delete(file);
      }
    }
  }
}
