package io.loda.agent.builtin.host;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemSamplerTest {
  private final Path folder;

  MemSamplerTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static final String COMMON =
      """
      MemTotal:       24684092 kB
      MemFree:        20000000 kB
      %sBuffers:           78336 kB
      Cached:          2504192 kB
      SwapCached:            9 kB
      SwapTotal:       2097152 kB
      SwapFree:        1572864 kB
      HugePages_Total:       0
      """;

  @Test
  void takesWhatIsAvailableForFree() throws IOException {
    FakeHost fake =
        new FakeHost(folder).proc("meminfo", COMMON.formatted("MemAvailable:   23862500 kB\n"));

    assertThat(values(new MemSampler(fake.host(), false).collect()))
        .containsOnly(
            entry("mem.total", 24105.0),
            entry("mem.used", 802.0),
            entry("mem.free", 23303.0),
            entry("mem.used.percent", 3.32),
            entry("mem.buffers", 76.0),
            entry("mem.cached", 2445.0),
            entry("mem.swap.used.percent", 25.0));
  }

  @Test
  void addsUpWhatIsFreeOnKernelsThatDontSayWhatIsAvailable() throws IOException {
    FakeHost fake = new FakeHost(folder).proc("meminfo", COMMON.formatted(""));

    assertThat(values(new MemSampler(fake.host(), true).collect()))
        .contains(entry("mem.free", 19531.0 + 76 + 2445), entry("mem.used", 2053.0))
        .doesNotContainKey("mem.available");
  }

  @Test
  void hasNoSwapInUseWhereThereIsNone() throws IOException {
    FakeHost fake =
        new FakeHost(folder)
            .proc("meminfo", "MemTotal: 2048 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");

    assertThat(values(new MemSampler(fake.host(), false).collect()))
        .containsEntry("mem.swap.used.percent", 0.0);
  }
}
