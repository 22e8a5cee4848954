package io.loda.agent.builtin.net;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.Map;

/** {@code DEV}: the hardware's sensors, and error counters of disks and memory. */
public final class DevPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "DEV";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    return new DevSampler(new ItemFields(parameters).host());
  }
}
