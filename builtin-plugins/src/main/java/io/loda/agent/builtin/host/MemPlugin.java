package io.loda.agent.builtin.host;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.Map;

/** {@code MEM}: memory and swap. With {@code detail} = {@code true} also {@code mem.available}. */
public final class MemPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "MEM";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    ItemFields given = new ItemFields(parameters);
    return new MemSampler(given.host(), given.flag("detail"));
  }
}
