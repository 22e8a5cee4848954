package io.loda.agent.builtin.process;

import io.loda.agent.builtin.kit.Baseline;
import io.loda.agent.builtin.kit.Counter;
import io.loda.agent.builtin.kit.CpuTimes;
import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TextCursor;
import io.loda.agent.builtin.kit.TwoDecimals;
import io.loda.agent.builtin.kit.Warnings;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures the processes of one {@code PROC} item. */
public final class ProcSampler implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(ProcSampler.class);

  /** The kernel's ticks a second in {@code /proc}: always 100 where a JDK 17 runs. */
  private static final double TICKS_PER_SECOND = 100;

  private final String name;
  private final HostTrees host;
  private final ProcessTable table;
  private final ProcessSelection selection;
  private final KernelText stat;
  private final KernelText uptime;
  private final Baseline<Reading> baseline;
  private final Warnings warnings = new Warnings(log);

  public ProcSampler(
      String name,
      HostTrees host,
      ProcessTable table,
      ProcessSelection selection,
      LongSupplier nanoTime) {
    this.name = name;
    this.host = host;
    this.table = table;
    this.selection = selection;
    this.stat = KernelText.columns(host.proc().resolve("stat"));
    this.uptime = KernelText.columns(host.proc().resolve("uptime"));
    this.baseline = new Baseline<>(nanoTime);
  }

  /**
   * @param hostTicks processor time of the whole host, including idle time
   * @param uptimeTicks when it was read, by the clock of the processes' start times
   */
  private record Reading(Map<String, ProcessUsage> processes, long hostTicks, double uptimeTicks) {

    /**
     * Returns the sum; empty if one process's figure is unknown, as the sum of the others would be
     * taken for all.
     */
    OptionalLong sum(Function<ProcessUsage, OptionalLong> figure) {
      long sum = 0;
      for (ProcessUsage usage : processes.values()) {
        OptionalLong value = figure.apply(usage);
        if (value.isEmpty()) {
          return value;
        }
        sum += value.getAsLong();
      }
      return OptionalLong.of(sum);
    }

    /**
     * Returns by how much a figure has grown since an earlier reading.
     *
     * <p>A process that started after it counts whole. An older process that wasn't in it has
     * become this program by {@code exec}: what it used before isn't this program's.
     */
    OptionalLong grown(Reading before, Function<ProcessUsage, OptionalLong> figure) {
      long sum = 0;
      for (Map.Entry<String, ProcessUsage> process : processes.entrySet()) {
        OptionalLong value = figure.apply(process.getValue());
        if (value.isEmpty()) {
          return value;
        }
        ProcessUsage earlier = before.processes.get(process.getKey());
        boolean same = earlier != null && earlier.startTicks() == process.getValue().startTicks();
        if (same) {
          long old = figure.apply(earlier).orElse(value.getAsLong());
          sum += Math.max(0, value.getAsLong() - old);
        } else if (process.getValue().startTicks() >= before.uptimeTicks) {
          sum += value.getAsLong();
        }
      }
      return OptionalLong.of(sum);
    }
  }

  @Override
  public List<Metric> collect() throws IOException {
    Reading now = read();
    Points points = new Points();
    points.add(name + ".procnum", now.processes.size());
    now.sum(ProcessUsage::descriptors)
        .ifPresentOrElse(
            open -> points.add(name + ".fdnum", open), () -> warn("fd", name + ".fdnum"));
    now.sum(usage -> OptionalLong.of(usage.residentBytes()))
        .ifPresent(bytes -> points.add(name + ".mem", bytes));
    baseline.advance(now).ifPresent(span -> addRates(span, now, points));
    return points.list();
  }

  private void addRates(Baseline.Span<Reading> span, Reading now, Points points) {
    Reading before = span.before();
    long hostTicks = Counter.grown(before.hostTicks, now.hostTicks);
    if (hostTicks > 0) {
      long ticks = now.grown(before, usage -> OptionalLong.of(usage.cpuTicks())).orElse(0);
      points.add(name + ".cpu", TwoDecimals.percent(ticks, hostTicks));
    }
    addIo(".io.read", now.grown(before, ProcessUsage::readBytes), span.seconds(), points);
    addIo(".io.write", now.grown(before, ProcessUsage::writtenBytes), span.seconds(), points);
  }

  private void addIo(String suffix, OptionalLong bytes, double seconds, Points points) {
    bytes.ifPresentOrElse(
        b -> points.add(name + suffix, Math.ceil(b / seconds)),
        () -> warn("io", name + ".io.read and " + name + ".io.write"));
  }

  private void warn(String file, String leftOut) {
    warnings.once(
        file,
        ("PROC: read of %s/PID/%s refused, %s left out; run the agent as root, or with"
                + " CAP_SYS_PTRACE")
            .formatted(host.proc(), file, leftOut));
  }

  private Reading read() throws IOException {
    Map<String, ProcessUsage> processes = new HashMap<>();
    for (String pid : selection.pids(table.snapshot())) {
      try {
        processes.put(pid, ProcessUsage.read(host.proc().resolve(pid)));
      } catch (IOException e) {
        log.debug("PROC: {}: process {} ended while it was measured", name, pid, e);
      }
    }
    return new Reading(processes, hostTicks(), uptimeTicks());
  }

  private long hostTicks() throws IOException {
    TextCursor text = stat.read();
    text.nextLine();
    text.nextField();
    return CpuTimes.of(text).total();
  }

  private double uptimeTicks() throws IOException {
    TextCursor text = uptime.read();
    text.nextLine();
    text.nextField();
    return Double.parseDouble(text.text()) * TICKS_PER_SECOND;
  }
}
