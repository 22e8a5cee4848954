package io.loda.agent.builtin.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.builtin.kit.StateFile;
import io.loda.agent.plugin.Metric;
import io.loda.common.files.allowed.LogFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoreDumpSamplerTest {
  private static final long NOW = 1_795_225_573L;

  private final Path cores;
  private final Path state;

  CoreDumpSamplerTest(@TempDir Path folder) throws IOException {
    cores = Files.createDirectory(folder.resolve("cores"));
    state = folder.resolve("state");
  }

  private CoreDumpSampler started() {
    CoreDumpSampler sampler =
        new CoreDumpSampler(
            List.of(cores, cores.resolve("none")),
            Set.of(),
            new LogFiles(List.of(cores.getParent()), Path.of("/"), this::refusal),
            new StateFile(Optional.of(state), "cores"),
            Clock.fixed(Instant.ofEpochSecond(NOW), ZoneOffset.UTC));
    sampler.start();
    return sampler;
  }

  private Optional<String> refusal(Path file) {
    return file.toString().contains("secret") ? Optional.of("policy: denied") : Optional.empty();
  }

  @Test
  void tellsNothingThatTheOwnersPolicyRefuses() throws IOException {
    CoreDumpSampler sampler = started();
    core("core.secret.1." + NOW);
    core("core.nsqd.1." + NOW);

    assertThat(sampler.collect()).containsExactly(dump("nsqd", NOW));
  }

  @Test
  void listsNoFolderOfTheRegistrysThatNotEverybodyMayList() throws IOException {
    CoreDumpSampler sampler =
        new CoreDumpSampler(
            List.of(cores),
            Set.of(),
            new LogFiles(List.of(), Path.of("/"), this::refusal),
            new StateFile(Optional.of(state), "cores"),
            Clock.fixed(Instant.ofEpochSecond(NOW), ZoneOffset.UTC));
    Files.setAttribute(cores, "unix:mode", 0700);
    core("core.nsqd.1." + NOW);

    assertThat(sampler.collect()).isEmpty();
  }

  /** Any user may fill a folder where everybody's cores go. */
  @Test
  void takesSoManyFilesAndNoMore() throws IOException {
    CoreDumpSampler sampler = started();
    core("core.nsqd.1." + NOW);
    assertThat(sampler.collect()).containsExactly(dump("nsqd", NOW));
    for (int i = 0; i < 5_000; i++) {
      core("core.x.1.%09d".formatted(i));
    }
    assertThat(sampler.collect()).isEmpty();
    for (int i = 0; i < 5_000; i++) {
      Files.delete(cores.resolve("core.x.1.%09d".formatted(i)));
    }
    core("core.web.1." + NOW);

    assertThat(sampler.collect()).containsExactly(dump("web", NOW));
  }

  private void core(String name) throws IOException {
    Files.writeString(cores.resolve(name), "");
  }

  private static Metric dump(String service, long seconds) {
    return new Metric("app.service.coredump", seconds, Map.of("service", service), 1.0);
  }

  @Test
  void saysEachNewFileOnceAlsoAfterARestart() throws IOException {
    core("core.old.1." + (NOW - 3600));
    core("core.web-api.2." + (NOW - 30));
    CoreDumpSampler sampler = started();
    assertThat(sampler.collect()).containsExactly(dump("web-api", NOW - 30));
    assertThat(sampler.collect()).isEmpty();

    core("core.db.3." + (NOW - 7200)); // appears late
    core("core.db.txt");
    core("notacore.db.3.1");
    assertThat(sampler.collect()).containsExactly(dump("db", NOW - 7200));

    core("core.away.4." + (NOW - 600));
    CoreDumpSampler restarted = started();
    assertThat(restarted.collect()).containsExactly(dump("away", NOW - 600));
    assertThat(restarted.collect()).isEmpty();
  }

  @Test
  void readsTheNamesOfSystemd() throws IOException {
    CoreDumpSampler sampler = started();
    sampler.collect();
    core("core.my.app.1000.0123456789abcdef0123456789abcdef.4711." + NOW + "000000.zst");

    assertThat(sampler.collect()).containsExactly(dump("my.app", NOW));
  }
}
