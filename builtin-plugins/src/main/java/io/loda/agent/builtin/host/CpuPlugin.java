package io.loda.agent.builtin.host;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.Samplers;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.Map;

/**
 * {@code CPU}: idle time of the processors, and the load.
 *
 * <p>With {@code detail} = {@code true} also {@code cpu.user}, {@code cpu.system}, {@code
 * cpu.iowait} and {@code cpu.steal}.
 */
public final class CpuPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "CPU";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    ItemFields given = new ItemFields(parameters);
    return Samplers.begun(new CpuSampler(given.host(), given.flag("detail"), System::nanoTime));
  }
}
