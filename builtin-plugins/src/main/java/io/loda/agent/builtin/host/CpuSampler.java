package io.loda.agent.builtin.host;

import io.loda.agent.builtin.kit.Baseline;
import io.loda.agent.builtin.kit.CpuTimes;
import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TextCursor;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Measures the processors from {@code /proc/stat} and {@code /proc/loadavg}. */
final class CpuSampler implements Sampler {
  private static final String[] LOADS = {"cpu.loadavg.1", "cpu.loadavg.5", "cpu.loadavg.15"};

  private final KernelText stat;
  private final KernelText loadAverage;
  private final boolean detail;
  private final Baseline<Reading> baseline;

  CpuSampler(HostTrees host, boolean detail, LongSupplier nanoTime) {
    this.stat = KernelText.columns(host.proc().resolve("stat"));
    this.loadAverage = KernelText.columns(host.proc().resolve("loadavg"));
    this.detail = detail;
    this.baseline = new Baseline<>(nanoTime);
  }

  /**
   * @param cores by number, since an offline core has no line
   */
  private record Reading(CpuTimes all, Map<Integer, CpuTimes> cores) {}

  @Override
  public List<Metric> collect() throws IOException {
    Points points = new Points();
    Reading now = read();
    baseline.advance(now).ifPresent(span -> addShares(span.before(), now, points));
    addLoads(points);
    return points.list();
  }

  private Reading read() throws IOException {
    TextCursor text = stat.read();
    CpuTimes all = null;
    Map<Integer, CpuTimes> cores = new HashMap<>();
    while (text.nextLine() && text.nextField() && text.startsWith("cpu")) {
      if (text.is("cpu")) {
        all = CpuTimes.of(text);
      } else {
        int core = (int) text.number("cpu".length());
        cores.put(core, CpuTimes.of(text));
      }
    }
    if (all == null) {
      throw new IOException("no line \"cpu\" in /proc/stat");
    }
    return new Reading(all, cores);
  }

  private void addShares(Reading before, Reading now, Points points) {
    CpuTimes a = before.all;
    CpuTimes b = now.all;
    add("cpu.idle", a, b, a.idle(), b.idle(), points);
    now.cores.forEach(
        (number, core) -> {
          CpuTimes old = before.cores.get(number);
          if (old != null) {
            CpuTimes.share(old.idle(), core.idle(), old, core)
                .ifPresent(
                    idle -> points.add("cpu.idle.core", idle, "core", Integer.toString(number)));
          }
        });
    if (detail) {
      add("cpu.user", a, b, a.user(), b.user(), points);
      add("cpu.system", a, b, a.system(), b.system(), points);
      add("cpu.iowait", a, b, a.iowait(), b.iowait(), points);
      add("cpu.steal", a, b, a.steal(), b.steal(), points);
    }
  }

  private static void add(
      String name, CpuTimes a, CpuTimes b, long before, long now, Points points) {
    CpuTimes.share(before, now, a, b).ifPresent(share -> points.add(name, share));
  }

  private void addLoads(Points points) throws IOException {
    TextCursor text = loadAverage.read();
    text.nextLine();
    for (String name : LOADS) {
      text.nextField();
      points.add(name, Double.parseDouble(text.text()));
    }
  }
}
