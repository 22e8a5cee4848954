package io.loda.agent.builtin.process;

import static io.loda.agent.builtin.FakeHost.stat;
import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.InstanceOfAssertFactories.DOUBLE;
import static org.awaitility.Awaitility.await;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.builtin.kit.HostTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PsSamplerTest {
  private final Path folder;

  PsSamplerTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void countsProcessesByState() throws IOException {
    FakeHost fake =
        new FakeHost(folder)
            .proc("1/stat", stat(1, "init", 'S', 1, 1))
            .proc("20/stat", stat(20, "a) Z (b", 'R', 1, 1))
            .proc("21/stat", stat(21, "gone", 'Z', 1, 1))
            .proc("22/stat", stat(22, "waits", 'D', 1, 1))
            .proc("uptime", "1 1\n");
    PsSampler sampler = new PsSampler(fake.host());

    assertThat(values(sampler.collect()))
        .containsOnly(
            entry("ps.zombies.num", 1.0), entry("ps.running.num", 1.0), entry("ps.total.num", 4.0));

    fake.proc("1/stat", stat(1, "init", 'R', 1, 1));
    Files.delete(fake.host().proc().resolve("21/stat"));
    Files.delete(fake.host().proc().resolve("21"));
    assertThat(values(sampler.collect()))
        .containsOnly(
            entry("ps.zombies.num", 0.0), entry("ps.running.num", 2.0), entry("ps.total.num", 3.0));
    sampler.close();
  }

  @Test
  void seesEveryProcessOfThisMachine() throws IOException {
    PsSampler sampler =
        new PsSampler(new HostTrees(Path.of("/proc"), Path.of("/sys"), Path.of("/")));
    for (int round = 0; round < 2; round++) {
      // others start and end processes meanwhile: it is compared until it agrees
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                long alive = ProcessHandle.allProcesses().count();
                assertThat(values(sampler.collect()))
                    .extractingByKey("ps.total.num", as(DOUBLE))
                    .isBetween(alive - 5.0, alive + 5.0);
              });
    }
    sampler.close();
  }
}
