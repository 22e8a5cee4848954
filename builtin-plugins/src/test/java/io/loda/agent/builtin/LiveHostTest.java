package io.loda.agent.builtin;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.DOUBLE;
import static org.awaitility.Awaitility.await;

import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.UUID;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import oshi.hardware.GlobalMemory;
import oshi.nativefree.SystemInfo;

/** Each figure of this machine against a source of another kind. */
@EnabledOnOs(OS.LINUX)
class LiveHostTest {

  private static Sampler open(String type, Map<String, String> item) {
    return ServiceLoader.load(MetricPlugin.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(plugin -> plugin.name().equals(type))
        .findFirst()
        .orElseThrow()
        .open(item);
  }

  private static Map<String, Object> measure(String type) throws Exception {
    try (Sampler sampler = open(type, Map.of())) {
      return values(sampler.collect());
    }
  }

  @Test
  void everyTypeOfTheContractIsFoundByItsName() {
    assertThat(ServiceLoader.load(MetricPlugin.class))
        .extracting(MetricPlugin::name)
        .contains(
            "HEALTH",
            "CPU",
            "PS",
            "MEM",
            "DISK",
            "NET",
            "FS",
            "KERNEL",
            "TIME",
            "DEV",
            "COREDUMP",
            "PROC",
            "PORT",
            "LOG")
        .doesNotHaveDuplicates();
  }

  /** Others take memory and open sockets meanwhile: it is compared until it agrees. */
  private static ConditionFactory eventually() {
    return await().atMost(Duration.ofSeconds(60));
  }

  @Test
  void memoryIsWhatAnotherLibrarySays() {
    eventually()
        .untilAsserted(
            () -> {
              GlobalMemory memory = new SystemInfo().getHardware().getMemory();
              double total = memory.getTotal() / 1048576.0;
              double available = memory.getAvailable() / 1048576.0;
              Map<String, Object> values = measure("MEM");
              assertThat(values)
                  .extractingByKey("mem.total", as(DOUBLE))
                  .isCloseTo(total, within(1.0));
              assertThat(values)
                  .extractingByKey("mem.free", as(DOUBLE))
                  .isCloseTo(available, within(total / 50));
            });
  }

  @Test
  void spaceIsWhatTheJdkSays() throws Exception {
    Map<String, Object> values = measure("FS");

    assertThat(values)
        .extractingByKey("fs.space.total{mount=/}", as(DOUBLE))
        .isCloseTo(Files.getFileStore(Path.of("/")).getTotalSpace() / 1048576.0, within(1.0));
    assertThat(values).containsKey("fs.inodes.used.percent{mount=/}");
    assertThat(Path.of("/.loda-fs-detect")).doesNotExist();
  }

  @Test
  void socketsGrowByWhatIsOpened() {
    eventually().untilAsserted(LiveHostTest::openSockets);
  }

  private static void openSockets() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (Sampler net = open("NET", Map.of());
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      double before =
          (double) Objects.requireNonNull(values(net.collect()).get("net.sockets.used"));
      for (int i = 0; i < 40; i++) {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.connect(server.getLocalSocketAddress());
      }
      // Both ends of each count
      assertThat(values(net.collect()))
          .extractingByKey("net.sockets.used", as(DOUBLE))
          .isCloseTo(before + 80, within(10.0));
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aProcessShowsItsDescriptorsAndMemory(@TempDir Path folder) throws Exception {
    Path program = Files.copy(Path.of("/bin/sleep").toRealPath(), folder.resolve("sleeper"));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(new ProcessBuilder(program.toString(), "60").start());
    }
    try (Sampler sampler = open("PROC", Map.of("name", "PROC.s", "bin_path", program.toString()))) {
      // they may still be starting
      eventually()
          .untilAsserted(
              () ->
                  assertThat(values(sampler.collect()))
                      .containsEntry("PROC.s.procnum", 3.0)
                      .containsEntry("PROC.s.fdnum", 9.0)
                      .containsEntry(
                          "PROC.s.mem",
                          (double) processes.stream().mapToLong(LiveHostTest::resident).sum()));
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  @Test
  void ofManyArgumentsTheFirstAreLookedAt() throws Exception {
    String own = "of-" + UUID.randomUUID();
    List<String> command = new ArrayList<>(List.of("sh", "-c", "read end", own));
    for (int i = 0; i < 10; i++) {
      command.add("x".repeat(100_000));
    }
    command.add("last");
    Process process = new ProcessBuilder(command).start();
    try (Sampler first = open("PROC", Map.of("name", "PROC.f", "cmdline", own));
        Sampler last = open("PROC", Map.of("name", "PROC.l", "cmdline", own + ".*last$"))) {
      eventually()
          .untilAsserted(
              () -> assertThat(values(first.collect())).containsEntry("PROC.f.procnum", 1.0));
      assertThat(values(last.collect())).containsEntry("PROC.l.procnum", 0.0);
    } finally {
      process.destroyForcibly();
    }
  }

  private static long resident(Process process) {
    try {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
          .filter(line -> line.startsWith("VmRSS"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) * 1024)
          .sum();
    } catch (IOException e) {
      return 0;
    }
  }
}
