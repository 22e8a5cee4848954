package io.loda.agent.builtin;

import com.sun.management.ThreadMXBean;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import oshi.hardware.CentralProcessor;
import oshi.hardware.GlobalMemory;
import oshi.hardware.HWDiskStore;
import oshi.hardware.HardwareAbstractionLayer;
import oshi.hardware.NetworkIF;
import oshi.nativefree.SystemInfo;
import oshi.software.os.OperatingSystem;
import oshi.util.GlobalConfig;

/**
 * What a warm round of measurements costs this thread, and the same by OSHI: a program to run by
 * hand, on the machine that one wants to know about.
 */
final class RoundCost {
  private static final int WARM_UP = 3000;
  private static final int ROUNDS = 2000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private RoundCost() {}

  public static void main(String[] arguments) throws Exception {
    List<Sampler> round = new ArrayList<>();
    for (String type : List.of("CPU", "MEM", "DISK", "NET", "PS")) {
      Sampler sampler = open(type, Map.of());
      cost(type, WARM_UP, ROUNDS, sampler::collect);
      round.add(sampler);
    }
    cost("CPU+MEM+DISK+NET+PS", WARM_UP, ROUNDS, () -> collectAll(round));
    oshi();
    procs();
  }

  private static int collectAll(List<Sampler> samplers) throws Exception {
    int metrics = 0;
    for (Sampler sampler : samplers) {
      metrics += sampler.collect().size();
    }
    return metrics;
  }

  private static Sampler open(String type, Map<String, String> item) {
    Map<String, String> parameters = new HashMap<>(item);
    parameters.put(AgentParameters.INTERFACES, "eth,en");
    for (MetricPlugin plugin : PLUGINS) {
      if (plugin.name().equals(type)) {
        return plugin.open(parameters);
      }
    }
    throw new IllegalArgumentException(type);
  }

  private static final List<MetricPlugin> PLUGINS =
      ServiceLoader.load(MetricPlugin.class).stream().map(ServiceLoader.Provider::get).toList();

  /** The same figures as far as OSHI has them, read anew each time instead of from its cache. */
  private static void oshi() throws Exception {
    GlobalConfig.set("oshi.util.memoizer.expiration", 0);
    SystemInfo info = new SystemInfo();
    HardwareAbstractionLayer hardware = info.getHardware();
    OperatingSystem os = info.getOperatingSystem();
    CentralProcessor processor = hardware.getProcessor();
    GlobalMemory memory = hardware.getMemory();
    long[] before = processor.getSystemCpuLoadTicks();
    long[][] beforeCores = processor.getProcessorCpuLoadTicks();
    List<HWDiskStore> disks = hardware.getDiskStores();
    List<NetworkIF> interfaces = hardware.getNetworkIFs();
    Callable<?> cpu =
        () ->
            processor.getSystemCpuLoadBetweenTicks(before)
                + processor.getProcessorCpuLoadBetweenTicks(beforeCores)[0]
                + processor.getSystemLoadAverage(3)[0];
    Callable<?> mem =
        () -> memory.getTotal() + memory.getAvailable() + memory.getVirtualMemory().getSwapUsed();
    Callable<?> disk = () -> disks.stream().filter(HWDiskStore::updateAttributes).count();
    Callable<?> net =
        () ->
            interfaces.stream().filter(NetworkIF::updateAttributes).count()
                + os.getInternetProtocolStats().getTCPv4Stats().getConnectionsEstablished();
    Callable<?> ps = os::getProcesses;
    cost("OSHI CPU", WARM_UP, ROUNDS, cpu);
    cost("OSHI MEM", WARM_UP, ROUNDS, mem);
    cost("OSHI DISK", WARM_UP, ROUNDS, disk);
    cost("OSHI NET", 1000, 500, net);
    cost("OSHI PS (by state)", 50, 50, ps);
  }

  /** Fifty programs, each with several processes, among five hundred. */
  private static void procs() throws Exception {
    Path folder = Files.createTempDirectory("round-cost");
    List<Process> processes = new ArrayList<>();
    List<Sampler> items = new ArrayList<>();
    try {
      for (int i = 0; i < 430; i++) {
        Path program = folder.resolve("program" + i % 50);
        if (i < 50) {
          Files.copy(Path.of("/bin/sleep"), program, StandardCopyOption.COPY_ATTRIBUTES);
        }
        processes.add(new ProcessBuilder(program.toString(), "600").start());
      }
      for (int i = 0; i < 50; i++) {
        String program = folder.resolve("program" + i).toString();
        items.add(open("PROC", Map.of("name", "PROC." + i, "bin_path", program)));
      }
      long alive = ProcessHandle.allProcesses().count();
      ProcessTable table = new ProcessTable(Path.of("/proc"), new Ticking());
      Callable<?> round = () -> table.snapshot().pids().size() + collectAll(items);
      cost("PROC, 50 items, " + alive + " processes, first", 0, 1, round);
      cost("PROC, 50 items, " + alive + " processes, warm", 100, 100, round);
      cost("  of that the look through /proc", 0, 100, table::snapshot);
      Sampler ps = open("PS", Map.of());
      cost("PS, " + alive + " processes", 200, 200, ps::collect);
    } finally {
      processes.forEach(Process::destroyForcibly);
      for (int i = 0; i < 50; i++) {
        Files.deleteIfExists(folder.resolve("program" + i));
      }
      Files.deleteIfExists(folder);
    }
  }

  /** Makes every snapshot an old one. */
  private static final class Ticking implements LongSupplier {
    private long now;

    @Override
    public long getAsLong() {
      return now += 2_000_000_000L;
    }
  }

  private static void cost(String what, int warmUp, int rounds, Callable<?> round)
      throws Exception {
    for (int i = 0; i < warmUp; i++) {
      round.call();
    }
    long thread = Thread.currentThread().getId();
    long bytes = THREADS.getThreadAllocatedBytes(thread);
    long wall = System.nanoTime();
    long cpu = THREADS.getCurrentThreadCpuTime();
    for (int i = 0; i < rounds; i++) {
      round.call();
    }
    System.out.printf(
        "%-48s %8.1f µs CPU %8.1f µs wall %9d B%n",
        what,
        (THREADS.getCurrentThreadCpuTime() - cpu) / 1e3 / rounds,
        (System.nanoTime() - wall) / 1e3 / rounds,
        (THREADS.getThreadAllocatedBytes(thread) - bytes) / rounds);
  }
}
