package io.loda.agent.builtin.container;

import io.loda.agent.builtin.kit.Baseline;
import io.loda.agent.builtin.kit.Counter;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures control groups: containers as {@code container.…}, others as {@code cgroup.…}. */
final class CgroupSampler implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(CgroupSampler.class);

  private final HostTrees host;
  private final int depth;
  private final ContainerNames names;
  private final Baseline<Map<String, Long>> cpuNanos;
  private final Warnings warnings = new Warnings(log);

  CgroupSampler(HostTrees host, int depth, ContainerNames names, LongSupplier nanoTime) {
    this.host = host;
    this.depth = depth;
    this.names = names;
    this.cpuNanos = new Baseline<>(nanoTime);
  }

  @Override
  public List<Metric> collect() throws IOException {
    Cgroups groups = Cgroups.of(host);
    Set<String> paths = groups.paths(depth);
    if (Cgroups.isFull(paths)) {
      warnings.once(
          "full",
          "CGROUP: only the first " + paths.size() + " control groups are measured; lower depth");
    }
    Map<String, Long> now = cpuNanos(groups, paths);
    Optional<Baseline.Span<Map<String, Long>>> span = cpuNanos.advance(now);
    double hostNanos = span.isPresent() ? span.get().seconds() * 1e9 * processors() : 0;
    Map<String, Container> containers = names.of(containerIds(paths));
    Points points = new Points();
    for (String path : paths) {
      Target target = target(path, containers);
      Long before = span.isPresent() ? span.get().before().get(path) : null;
      addCpu(target, before, now.get(path), hostNanos, points);
      groups
          .memoryBytes(path)
          .ifPresent(bytes -> points.add(target.metric(".mem", (double) bytes)));
      groups
          .memoryLimitBytes(path)
          .ifPresent(bytes -> points.add(target.metric(".mem.limit", (double) bytes)));
    }
    return points.list();
  }

  private record Target(String prefix, Map<String, String> tags) {

    Metric metric(String suffix, double value) {
      return new Metric(prefix + suffix, 0, tags, value);
    }
  }

  private static Target target(String path, Map<String, Container> containers) {
    Optional<String> id = Container.idOf(nameOf(path));
    if (id.isEmpty()) {
      return new Target("cgroup", Map.of("cgroup", "/" + path));
    }
    Map<String, String> tags = new HashMap<>();
    tags.put("container", id.get());
    Container known = containers.get(id.get());
    if (known != null) {
      tags.put("name", known.name());
      tags.put("image", known.image());
      tags.values().removeIf(String::isEmpty);
    }
    return new Target("container", tags);
  }

  private static Set<String> containerIds(Set<String> paths) {
    Set<String> ids = new HashSet<>();
    paths.forEach(path -> Container.idOf(nameOf(path)).ifPresent(ids::add));
    return ids;
  }

  private static String nameOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static void addCpu(
      Target target, @Nullable Long before, @Nullable Long now, double hostNanos, Points points) {
    if (before == null || now == null || hostNanos <= 0) {
      return;
    }
    long grown = Counter.grown(before, now);
    if (grown != Counter.RESET) {
      points.add(target.metric(".cpu", TwoDecimals.percent((double) grown, hostNanos)));
    }
  }

  private static Map<String, Long> cpuNanos(Cgroups groups, Set<String> paths) {
    Map<String, Long> nanos = new HashMap<>();
    for (String path : paths) {
      groups.cpuNanos(path).ifPresent(n -> nanos.put(path, n));
    }
    return nanos;
  }

  /** Returns the host's processors; this process may use fewer. */
  private int processors() throws IOException {
    int processors = 0;
    TextCursor text = KernelText.columns(host.proc().resolve("stat")).read();
    while (text.nextLine() && text.nextField() && text.startsWith("cpu")) {
      processors += text.is("cpu") ? 0 : 1;
    }
    return processors;
  }
}
