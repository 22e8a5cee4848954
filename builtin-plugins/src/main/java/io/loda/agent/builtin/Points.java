package io.loda.agent.builtin;

import io.loda.agent.plugin.Metric;
import java.util.ArrayList;
import java.util.List;

/** What one round of a sampler has measured so far. */
final class Points {
  private final List<Metric> metrics = new ArrayList<>();

  void add(String name, double value) {
    metrics.add(Metric.of(name, value));
  }

  /** Counts of the kernel as well: beyond 2⁵³ they lose digits that nobody reads. */
  void add(String name, long value) {
    metrics.add(Metric.of(name, (double) value));
  }

  void add(String name, double value, String tag, String tagValue) {
    metrics.add(Metric.of(name, value, tag, tagValue));
  }

  void add(String name, long value, String tag, String tagValue) {
    metrics.add(Metric.of(name, (double) value, tag, tagValue));
  }

  void add(Metric metric) {
    metrics.add(metric);
  }

  List<Metric> list() {
    return List.copyOf(metrics);
  }
}
