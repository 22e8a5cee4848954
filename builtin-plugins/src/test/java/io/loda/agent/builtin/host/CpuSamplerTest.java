package io.loda.agent.builtin.host;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.builtin.kit.Samplers;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuSamplerTest {
  private final Path folder;
  private final FakeHost fake;

  CpuSamplerTest(@TempDir Path folder) {
    this.folder = folder;
    fake = new FakeHost(folder);
    fake.proc("loadavg", "3.95 2.77 1.33 2/211 4711\n");
    stat(
        "cpu  100 0 50 850 0 0 0 0 0 0",
        "cpu0 60 0 30 410 0 0 0 0 0 0",
        "cpu1 40 0 20 440 0 0 0 0 0 0");
  }

  private void stat(String... lines) {
    fake.proc("stat", String.join("\n", lines) + "\nintr 12345 0 0\nctxt 99\nprocs_running 2\n");
  }

  private CpuSampler started(boolean detail) {
    CpuSampler sampler = new CpuSampler(fake.host(), detail, () -> fake.nanoTime);
    return Samplers.begun(sampler);
  }

  @Test
  void givesIdleSharesSinceTheLastReadingCutToTwoDecimals() throws IOException {
    CpuSampler sampler = started(false);
    fake.pass(10);
    stat(
        "cpu  1100 0 150 1050 699 0 1 0 0 0",
        "cpu0 660 0 30 910 0 0 0 0 0 0",
        "cpu1 440 0 120 740 399 0 1 0 0 0");

    assertThat(values(sampler.collect()))
        .containsOnly(
            entry("cpu.idle", 10.0),
            entry("cpu.idle.core{core=0}", 45.45),
            entry("cpu.idle.core{core=1}", 25.0),
            entry("cpu.loadavg.1", 3.95),
            entry("cpu.loadavg.5", 2.77),
            entry("cpu.loadavg.15", 1.33));
  }

  @Test
  void countsTheTimeOfGuestsOnce() throws IOException {
    CpuSampler sampler = started(false);
    fake.pass(10);
    stat("cpu  1100 0 50 1850 0 0 0 0 1000 0");

    assertThat(values(sampler.collect())).containsEntry("cpu.idle", 50.0);
  }

  @Test
  void givesNoShareOfCountersThatWentBack() throws IOException {
    CpuSampler sampler = started(false);
    fake.pass(10);
    stat(
        "cpu  1100 0 150 849 0 0 0 0 0 0",
        "cpu0 660 0 30 910 0 0 0 0 0 0",
        "cpu1 1 0 1 1 0 0 0 0 0 0");

    assertThat(values(sampler.collect()))
        .doesNotContainKeys("cpu.idle", "cpu.idle.core{core=1}")
        .containsKey("cpu.idle.core{core=0}");
  }

  @Test
  void takesCoresThatComeAndGo() throws IOException {
    CpuSampler sampler = started(false);
    fake.pass(10);
    stat(
        "cpu  200 0 50 1750 0 0 0 0 0 0",
        "cpu1 140 0 20 940 0 0 0 0 0 0",
        "cpu2 60 0 30 410 0 0 0 0 0 0");

    assertThat(values(sampler.collect()))
        .containsKey("cpu.idle.core{core=1}")
        .doesNotContainKeys("cpu.idle.core{core=0}", "cpu.idle.core{core=2}");
  }

  @Test
  void readsTheShortLinesOfOldKernels() throws IOException {
    stat("cpu  100 0 50 850");
    CpuSampler sampler = started(false);
    fake.pass(10);
    stat("cpu  150 0 50 900");

    assertThat(values(sampler.collect())).containsEntry("cpu.idle", 50.0);
  }

  @Test
  void givesOnlyTheLoadWhenTheBaselineIsYoungerThanASecond() throws IOException {
    CpuSampler sampler = started(false);
    fake.pass(0.5);
    stat("cpu  100 0 50 860 0 0 0 0 0 0");

    assertThat(values(sampler.collect()))
        .containsOnlyKeys("cpu.loadavg.1", "cpu.loadavg.5", "cpu.loadavg.15");

    fake.pass(0.5);
    stat("cpu  110 0 50 860 0 0 0 0 0 0");
    assertThat(values(sampler.collect())).containsEntry("cpu.idle", 50.0);
  }

  @Test
  void tellsWhatTheTimeWentToWhenAskedFor() throws IOException {
    CpuSampler sampler = started(true);
    fake.pass(10);
    stat("cpu  200 100 150 1000 300 100 100 50 0 0");

    assertThat(values(sampler.collect()))
        .contains(
            entry("cpu.user", 20.0),
            entry("cpu.system", 10.0),
            entry("cpu.iowait", 30.0),
            entry("cpu.steal", 5.0));
  }

  @Test
  void saysWhichFileCantBeRead() {
    CpuSampler sampler =
        new CpuSampler(new FakeHost(folder.resolve("none")).host(), false, () -> 0);
    Samplers.begun(sampler);

    assertThatThrownBy(sampler::collect)
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("can't read " + folder.resolve("none/proc/stat"));
  }
}
