package io.loda.agent.builtin.process;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.Map;

/** {@code PS}: the number of processes, and how many of them are running or zombies. */
public final class PsPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "PS";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    return new PsSampler(new ItemFields(parameters).host());
  }
}
