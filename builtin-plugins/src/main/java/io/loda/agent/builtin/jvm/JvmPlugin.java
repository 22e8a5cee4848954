package io.loda.agent.builtin.jvm;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.Samplers;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.Map;

/**
 * {@code JVM}: heap and garbage collection of the host's Java programs, from the files in {@code
 * /tmp} that they write for {@code jps} and {@code jstat}. Attaches to no JVM.
 *
 * <p>A program with {@code -XX:-UsePerfData} has no such file. The contract doesn't have it, so it
 * runs only where it is assigned.
 */
public final class JvmPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "JVM";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    return Samplers.begun(new JvmSampler(new ItemFields(parameters).host(), System::nanoTime));
  }
}
