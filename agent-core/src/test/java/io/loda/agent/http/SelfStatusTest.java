package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.output.OutputStatus;
import io.loda.agent.poll.RegistryStatus;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SelfStatusTest {

  private static final RegistryStatus.Ask WELL = new RegistryStatus.Ask(null, "");

  private static JsonObject health(OutputStatus... outputs) {
    Counters counters = new Counters();
    return new SelfStatus(
            Path.of("/data"),
            () -> "host-1",
            () -> List.of(outputs),
            () -> new RegistryStatus("http://reg", WELL, WELL, Map.of()),
            new PostsRefused(counters, () -> 0),
            counters,
            new MemoryBudget(1 << 20))
        .health();
  }

  private static OutputStatus output(String name, String failure, String diskFailure) {
    return new OutputStatus(name, "nsq", 7, 700, 9_000, 60, 0, 0, failure, diskFailure);
  }

  @Test
  void anOutputThatIsDownAndADiskThatFailsAreProblemsWithWhatTheyHold() {
    JsonObject health =
        health(
            output("good", "", ""),
            output("down", "unreachable: http://me:sEcReT@h", ""),
            output("disk", "", "1 file can't be read: EIO"));

    assertThat(health.getString("status")).isEqualTo("problems");
    assertThat(health.getJsonArray("problems"))
        .containsExactly(
            "output down: unreachable: http://***@h (7 points wait, 700 bytes in memory and 9000 on"
                + " disk)",
            "output disk: its disk: 1 file can't be read: EIO (7 points wait, 700 bytes in"
                + " memory and 9000 on disk)");
  }

  @Test
  void allIsWellWhereNothingFails() {
    JsonObject health = health(output("good", "", ""));

    assertThat(health.getString("status")).isEqualTo("ok");
    assertThat(health.getJsonArray("problems")).isEmpty();
    assertThat(health.getString("data_dir")).isEqualTo("/data");
  }
}
