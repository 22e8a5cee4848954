package com.example.plugin;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;

/** Measures the JVM that it runs in: PLUGIN.jvm.heap.used and PLUGIN.jvm.threads. */
public final class JvmPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "jvm";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    return JvmPlugin::measure;
  }

  private static List<Metric> measure() {
    double used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return List.of(
        Metric.of("heap.used", used),
        Metric.of("threads", ManagementFactory.getThreadMXBean().getThreadCount()));
  }
}
