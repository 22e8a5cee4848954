package io.loda.agent.builtin.kit;

import io.loda.agent.plugin.Metric;
import java.util.ArrayList;
import java.util.List;

/** The metrics of one round of a sampler. */
public final class Points {
  private final List<Metric> metrics = new ArrayList<>();

  public void add(String name, double value) {
    metrics.add(Metric.of(name, value));
  }

  /**
   * Adds a whole number, also a kernel counter: beyond 2⁵³ its last digits are lost, which nobody
   * needs.
   */
  public void add(String name, long value) {
    metrics.add(Metric.of(name, (double) value));
  }

  public void add(String name, double value, String tag, String tagValue) {
    metrics.add(Metric.of(name, value, tag, tagValue));
  }

  public void add(String name, long value, String tag, String tagValue) {
    metrics.add(Metric.of(name, (double) value, tag, tagValue));
  }

  public void add(Metric metric) {
    metrics.add(metric);
  }

  public List<Metric> list() {
    return List.copyOf(metrics);
  }
}
