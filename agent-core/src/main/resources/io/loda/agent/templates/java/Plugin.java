package com.example.plugin;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;

/** Measures the JVM that it runs in: PLUGIN.@PLUGIN@.heap.used and PLUGIN.@PLUGIN@.threads. */
public final class @CLASS@Plugin implements MetricPlugin {

  @Override
  public String name() {
    return "@PLUGIN@";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    return @CLASS@Plugin::measure;
  }

  private static List<Metric> measure() {
    double used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return List.of(
        Metric.of("heap.used", used),
        Metric.of("threads", ManagementFactory.getThreadMXBean().getThreadCount()));
  }
}
