package io.loda.agent.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadingsTest {

  @TempDir private Path proc;

  /** The last value of each. */
  private static final class Gauges implements Readings {

    private final Map<String, Double> values = new HashMap<>();

    @Override
    public void gauge(String name, double value) {
      values.put(name, value);
    }

    @Override
    public void counter(String name, long delta) {
      throw new AssertionError(name);
    }
  }

  @Test
  void readsTheHostsMemoryAndProcessors() throws Exception {
    Files.writeString(
        proc.resolve("meminfo"),
        "MemTotal:       16384000 kB\nMemFree:         1024 kB\nMemAvailable:    2048 kB\n");
    String stat = "cpu  1 2 3 4\ncpu0 %d 0 0 %d 0 0 0 0 0 0\ncpu1 0 0 0 100 50 0 0 0 0 0\nintr 1\n";
    Files.writeString(proc.resolve("stat"), stat.formatted(100, 300));
    HostReadings host = new HostReadings(proc);
    Gauges gauges = new Gauges();

    host.read(gauges);
    assertThat(gauges.values)
        .containsOnly(
            entry("TotalMemory", 16384000.0 * 1024),
            entry("FreeMemory", 1024.0 * 1024),
            entry("CPUutilization1", 25.0),
            entry("CPUUtilization1", 25.0),
            entry("CPUutilization2", 0.0),
            entry("CPUUtilization2", 0.0));
    Files.writeString(proc.resolve("stat"), stat.formatted(175, 325));
    host.read(gauges);
    assertThat(gauges.values).contains(entry("CPUUtilization1", 75.0));
  }

  @Test
  void whatSuitesWatchChanges() {
    RuntimeReadings runtime = new RuntimeReadings();
    Gauges first = new Gauges();
    runtime.read(first);
    List<String> watched =
        List.of(
            "Alloc",
            "Frees",
            "HeapAlloc",
            "HeapIdle",
            "HeapInuse",
            "HeapObjects",
            "Mallocs",
            "TotalAlloc");
    Map<String, Double> changed = new HashMap<>();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              Gauges now = new Gauges();
              runtime.read(now);
              watched.stream()
                  .filter(name -> !Objects.equals(now.values.get(name), first.values.get(name)))
                  .forEach(name -> changed.put(name, 1.0));
              return changed.size() == watched.size();
            });
    assertThat(first.values).hasSize(27);
    assertThat(first.values.get("TotalAlloc")).isPositive();
    assertThat(first.values.get("Sys")).isGreaterThan(first.values.get("HeapSys"));
  }
}
