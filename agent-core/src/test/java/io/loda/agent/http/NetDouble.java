package io.loda.agent.http;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.List;
import java.util.Map;

/** What measures NET in tests; public for the ServiceLoader. */
public final class NetDouble implements MetricPlugin {

  @Override
  public String name() {
    return "NET";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    return () -> List.of(new Metric("net.in", 1_700_000_000, Map.of("interface", "eth0"), 8.5));
  }
}
