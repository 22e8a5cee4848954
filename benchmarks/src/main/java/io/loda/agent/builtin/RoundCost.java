package io.loda.agent.builtin;

import com.sun.management.ThreadMXBean;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;

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

  private static void oshi() throws Exception {
    OshiRound oshi = new OshiRound();
    cost("OSHI CPU", WARM_UP, ROUNDS, oshi::cpu);
    cost("OSHI MEM", WARM_UP, ROUNDS, oshi::mem);
    cost("OSHI DISK", WARM_UP, ROUNDS, oshi::disk);
    cost("OSHI NET", 1000, 500, oshi::net);
    cost("OSHI PS (by state)", 50, 50, oshi::ps);
  }

  private static void procs() throws Exception {
    try (FiveHundredProcesses host = new FiveHundredProcesses()) {
      List<Sampler> items = host.items();
      long alive = FiveHundredProcesses.alive();
      Callable<?> round =
          () -> {
            host.nextRound();
            return collectAll(items);
          };
      Callable<?> look =
          () -> {
            host.look();
            return 0;
          };
      cost("PROC, 50 items, " + alive + " processes, first", 0, 1, round);
      cost("PROC, 50 items, " + alive + " processes, warm", 100, 100, round);
      cost("  of that the look through /proc", 0, 100, look);
      Sampler ps = open("PS", Map.of());
      cost("PS, " + alive + " processes", 200, 200, ps::collect);
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
