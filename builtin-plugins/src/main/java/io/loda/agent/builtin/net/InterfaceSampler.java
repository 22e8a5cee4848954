package io.loda.agent.builtin.net;

import io.loda.agent.builtin.kit.Baseline;
import io.loda.agent.builtin.kit.Counter;
import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TextCursor;
import io.loda.agent.builtin.kit.TwoDecimals;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Measures network interfaces from {@code /proc/net/dev} and {@code /sys/class/net}. A rate above
 * the interface's speed isn't cut, as the speed of a virtual interface is made up.
 */
final class InterfaceSampler implements Sampler {
  private static final double BITS_PER_MEGABIT = 1_000_000;

  private final KernelText dev;
  private final Path classNet;
  private final List<String> prefixes;
  private final Baseline<Map<String, Traffic>> baseline;
  private final Map<String, KernelText> speedFiles = new HashMap<>();

  InterfaceSampler(HostTrees host, List<String> prefixes, LongSupplier nanoTime) {
    this.dev = KernelText.keyed(host.namespaced("net/dev"));
    this.classNet = host.sys().resolve("class/net");
    this.prefixes = List.copyOf(prefixes);
    this.baseline = new Baseline<>(nanoTime);
  }

  private record Traffic(long inBytes, long inDropped, long outBytes, long outDropped) {

    static Traffic of(TextCursor line) {
      long inBytes = line.nextNumber();
      line.skip(2);
      long inDropped = line.nextNumber();
      line.skip(4);
      long outBytes = line.nextNumber();
      line.skip(2);
      return new Traffic(inBytes, inDropped, outBytes, line.nextNumber());
    }
  }

  @Override
  public List<Metric> collect() throws IOException {
    Points points = new Points();
    Map<String, Traffic> now = read();
    speedFiles.keySet().retainAll(now.keySet());
    Map<String, Long> speeds = new HashMap<>();
    now.keySet().forEach(name -> speeds.put(name, megabitsPerSecond(name)));
    baseline
        .advance(now)
        .ifPresent(
            span ->
                now.forEach(
                    (name, traffic) -> {
                      Traffic before = span.before().get(name);
                      if (before != null) {
                        long speed = speeds.getOrDefault(name, 0L);
                        new Rates(name, span.seconds(), speed).add(before, traffic, points);
                      }
                    }));
    speeds.forEach((name, speed) -> points.add("net.speed", speed, "interface", name));
    return points.list();
  }

  private Map<String, Traffic> read() throws IOException {
    Map<String, Traffic> traffic = new HashMap<>();
    TextCursor text = dev.read();
    text.nextLine();
    text.nextLine(); // two lines of titles
    while (text.nextLine() && text.nextField()) {
      if (prefixes.stream().anyMatch(text::startsWith)) {
        traffic.put(text.text(), Traffic.of(text));
      }
    }
    return traffic;
  }

  /**
   * Returns the speed; 0 if it is unknown, as for most virtual interfaces and those without a
   * carrier.
   */
  private long megabitsPerSecond(String name) {
    KernelText file =
        speedFiles.computeIfAbsent(
            name, n -> KernelText.columns(classNet.resolve(n).resolve("speed")));
    try {
      TextCursor text = file.read();
      return text.nextLine() && text.nextField() && text.firstCharacter() != '-'
          ? text.number()
          : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private record Rates(String name, double seconds, long megabitsPerSecond) {

    void add(Traffic before, Traffic now, Points points) {
      addBits("net.in", Counter.grown(before.inBytes, now.inBytes), points);
      addBits("net.out", Counter.grown(before.outBytes, now.outBytes), points);
      addDrops("net.in.dropped", Counter.grown(before.inDropped, now.inDropped), points);
      addDrops("net.out.dropped", Counter.grown(before.outDropped, now.outDropped), points);
    }

    private void addBits(String metric, long bytes, Points points) {
      if (bytes == Counter.RESET) {
        return;
      }
      double rate = TwoDecimals.cut(bytes * 8.0 / seconds);
      points.add(metric, rate, "interface", name);
      if (megabitsPerSecond > 0) {
        double percent = TwoDecimals.percent(rate, megabitsPerSecond * BITS_PER_MEGABIT);
        points.add(metric + ".percent", percent, "interface", name);
      }
    }

    private void addDrops(String metric, long packets, Points points) {
      if (packets != Counter.RESET) {
        points.add(metric, TwoDecimals.cut(packets / seconds), "interface", name);
      }
    }
  }
}
