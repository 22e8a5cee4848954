package io.loda.agent.builtin;

import static io.loda.agent.builtin.FakeHost.values;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import io.loda.agent.builtin.disk.FsPlugin;
import io.loda.agent.builtin.host.CpuPlugin;
import io.loda.agent.builtin.host.MemPlugin;
import io.loda.agent.builtin.net.NetPlugin;
import io.loda.agent.builtin.process.ProcPlugin;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import oshi.hardware.CentralProcessor;
import oshi.nativefree.SystemInfo;

/**
 * Each figure of this machine against what another program says in the same second.
 *
 * <p>The machine does other things meanwhile, so that two programs may look at different moments:
 * they are compared until they agree.
 */
@EnabledOnOs(OS.LINUX)
class LiveSourcesTest {

  /** Rates need a second between two looks. */
  private static ConditionFactory eventually() {
    return await()
        .atMost(Duration.ofSeconds(60))
        .pollDelay(Duration.ofMillis(1500))
        .pollInterval(Duration.ofMillis(1500));
  }

  private static String run(String... command) throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      Assumptions.abort("there is no " + command[0]);
      throw e;
    }
    process.getOutputStream().close();
    return new String(process.getInputStream().readAllBytes(), UTF_8);
  }

  private static double number(String text, String pattern) {
    MatchResult found =
        Pattern.compile(pattern)
            .matcher(text)
            .results()
            .findFirst()
            .orElseThrow(() -> new AssertionError("no " + pattern + " in " + text));
    return Double.parseDouble(found.group(1));
  }

  private static double value(Sampler sampler, String metric) throws Exception {
    return value(values(sampler.collect()), metric);
  }

  private static double value(Map<String, Object> values, String metric) {
    return (double) Objects.requireNonNull(values.get(metric), () -> metric + " of " + values);
  }

  /** A process that runs a copy of a shell, so that its program is nobody else's. */
  private static Process shell(Path program, String script) throws IOException {
    Files.copy(Path.of("/bin/bash").toRealPath(), program);
    assertThat(program.toFile().setExecutable(true)).isTrue();
    return new ProcessBuilder(program.toString(), "-c", script).start();
  }

  private static Sampler open(MetricPlugin plugin, String... item) {
    Map<String, String> fields = new HashMap<>();
    for (int i = 0; i < item.length; i += 2) {
      fields.put(item[i], item[i + 1]);
    }
    return plugin.open(fields);
  }

  @Test
  void aProcessThatBurnsProcessorTimeIsSeenByIdleAndByProc(@TempDir Path folder) throws Exception {
    Path program = folder.resolve("burner");
    CentralProcessor other = new SystemInfo().getHardware().getProcessor();
    Process burner = shell(program, "while :; do :; done");
    try (Sampler cpu = open(new CpuPlugin(), "detail", "true");
        Sampler proc = open(new ProcPlugin(), "name", "P", "bin_path", program.toString())) {
      long[][] ticks = {other.getSystemCpuLoadTicks()};
      Duration[] used = {used(burner)};
      long[] since = {System.nanoTime()};
      eventually()
          .untilAsserted(
              () -> {
                Map<String, Object> values = values(cpu.collect());
                double load = other.getSystemCpuLoadBetweenTicks(ticks[0]) * 100;
                ticks[0] = other.getSystemCpuLoadTicks();
                double share = value(proc, "P.cpu");
                Duration now = used(burner);
                double seconds = (System.nanoTime() - since[0]) / 1e9;
                double expected = now.minus(used[0]).toMillis() / 10.0 / seconds / processors();
                used[0] = now;
                since[0] = System.nanoTime();
                // the other library counts waiting for disks as idle
                double idle = value(values, "cpu.idle") + value(values, "cpu.iowait");
                assertThat(idle).isCloseTo(100 - load, within(2.0));
                assertThat(share).isGreaterThan(1).isCloseTo(expected, within(2.0));
                assertThat(idle).isLessThanOrEqualTo(100 - share + 1);
              });
    } finally {
      burner.destroyForcibly();
    }
  }

  private static Duration used(Process process) {
    return process.info().totalCpuDuration().orElseThrow();
  }

  private static int processors() throws IOException {
    return (int) number(run("nproc", "--all"), "(\\d+)");
  }

  @Test
  void eachProcessorIsShown() throws Exception {
    try (Sampler cpu = open(new CpuPlugin())) {
      eventually()
          .untilAsserted(
              () ->
                  assertThat(cpu.collect())
                      .filteredOn(metric -> metric.name().equals("cpu.idle.core"))
                      .hasSize(processors()));
    }
  }

  @Test
  void theLoadIsWhatUptimeSays() throws Exception {
    try (Sampler cpu = open(new CpuPlugin())) {
      eventually()
          .untilAsserted(
              () -> {
                String said = run("env", "LC_ALL=C", "uptime");
                String numbers = "load average: ([0-9.]+), ([0-9.]+), ([0-9.]+)";
                MatchResult loads =
                    Pattern.compile(numbers).matcher(said).results().findFirst().orElseThrow();
                Map<String, Object> values = values(cpu.collect());
                List<String> names = List.of("cpu.loadavg.1", "cpu.loadavg.5", "cpu.loadavg.15");
                for (int i = 0; i < 3; i++) {
                  assertThat(value(values, names.get(i)))
                      .isCloseTo(Double.parseDouble(loads.group(i + 1)), within(0.011));
                }
              });
    }
  }

  @Test
  void memoryIsWhatTheKernelSays() throws Exception {
    try (Sampler memory = open(new MemPlugin(), "detail", "true")) {
      eventually()
          .untilAsserted(
              () -> {
                String said = Files.readString(Path.of("/proc/meminfo"));
                Map<String, Object> values = values(memory.collect());
                double total = number(said, "MemTotal: +(\\d+)") / 1024;
                double available = number(said, "MemAvailable: +(\\d+)") / 1024;
                double oneOrTwoPercent = Math.max(1, total * 0.02);
                assertThat(value(values, "mem.total")).isCloseTo(total, within(1.0));
                assertThat(value(values, "mem.free")).isCloseTo(available, within(oneOrTwoPercent));
                assertThat(value(values, "mem.available")).isEqualTo(value(values, "mem.free"));
                assertThat(value(values, "mem.used.percent"))
                    .isCloseTo((total - available) * 100 / total, within(2.0));
                assertThat(value(values, "mem.cached"))
                    .isCloseTo(number(said, "\nCached: +(\\d+)") / 1024, within(oneOrTwoPercent));
              });
    }
  }

  @Test
  void socketsAreWhatSsSays() throws Exception {
    try (Sampler net = open(new NetPlugin(), "agent.interfaces", "lo")) {
      eventually()
          .untilAsserted(
              () -> {
                String said = run("ss", "-s");
                Map<String, Object> values = values(net.collect());
                assertThat(value(values, "net.sockets.used"))
                    .isCloseTo(number(said, "Total: (\\d+)"), within(1.0));
                assertThat(value(values, "net.tcp.timewait"))
                    .isCloseTo(number(said, "timewait (\\d+)"), within(1.0));
                assertThat(value(values, "net.tcp.inuse"))
                    .isCloseTo(number(said, "(?m)^TCP\\s+\\d+\\s+(\\d+)"), within(1.0));
              });
    }
  }

  @Test
  void fileSystemsAreWhatDfSays() throws Exception {
    try (Sampler fs = open(new FsPlugin())) {
      eventually()
          .untilAsserted(
              () -> {
                double[] said = df("--output=size,used,avail,pcent");
                double inodes = df("--output=ipcent")[0];
                Map<String, Object> values = values(fs.collect());
                assertThat(value(values, "fs.space.total{mount=/}"))
                    .isCloseTo(said[0], within(1.0));
                assertThat(value(values, "fs.space.used{mount=/}")).isCloseTo(said[1], within(1.0));
                assertThat(value(values, "fs.space.free{mount=/}")).isCloseTo(said[2], within(1.0));
                assertThat(value(values, "fs.space.used.percent{mount=/}")).isEqualTo(said[3]);
                assertThat(value(values, "fs.inodes.used.percent{mount=/}")).isEqualTo(inodes);
              });
    }
  }

  private static double[] df(String output) throws IOException {
    List<String> lines = run("df", "-B1M", output, "/").lines().toList();
    return Arrays.stream(lines.get(1).replace("%", "").strip().split("\\s+"))
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  @Test
  void aProcessThatOpensAHundredFilesAndWritesIsSeen() throws Exception {
    // on a disk: what is written to memory isn't counted
    Path folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "writer");
    Path program = folder.resolve("writer");
    String script =
        """
        cd '%s'
        for i in {1..100}; do exec {fd}>"file$i"; done
        echo opened
        while read -r; do
          for i in {1..16}; do printf '%%1048576s' "$i" >&$fd; done
          echo written
        done
        """
            .formatted(folder);
    Process writer = shell(program, script);
    try (Sampler proc = open(new ProcPlugin(), "name", "P", "bin_path", program.toString());
        var answers = writer.inputReader()) {
      assertThat(answers.readLine()).isEqualTo("opened");
      value(proc, "P.procnum"); // the first reading, if the plugin was opened before the start
      long[] since = {System.nanoTime()};
      eventually()
          .untilAsserted(
              () -> {
                writer.getOutputStream().write('\n');
                writer.getOutputStream().flush();
                assertThat(answers.readLine()).isEqualTo("written");
                Map<String, Object> values = values(proc.collect());
                double seconds = (System.nanoTime() - since[0]) / 1e9;
                since[0] = System.nanoTime();
                assertThat(values).containsEntry("P.procnum", 1.0).containsEntry("P.fdnum", 103.0);
                assertThat(value(values, "P.io.write") * seconds)
                    .isCloseTo(16.0 * (1 << 20), withinPercentage(2));
              });
    } finally {
      writer.destroyForcibly().waitFor();
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }
}
