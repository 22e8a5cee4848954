package io.loda.agent.builtin.disk;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.Samplers;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.Map;

/**
 * {@code DISK}: requests, waiting time and utilisation of each whole disk; with {@code partitions}
 * = {@code true} also of its partitions.
 */
public final class DiskPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "DISK";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    ItemFields given = new ItemFields(parameters);
    return Samplers.begun(
        new DiskSampler(
            given.host(),
            new BlockDevices(given.host(), given.flag("partitions")),
            System::nanoTime));
  }
}
