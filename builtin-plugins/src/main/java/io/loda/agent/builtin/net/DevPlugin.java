package io.loda.agent.builtin.net;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.Map;

/** {@code DEV}: what the hardware's sensors say, and disks' and memory's errors. */
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
