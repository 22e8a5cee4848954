package io.loda.agent.builtin.jvm;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.Map;

/**
 * {@code JVM}: heap and garbage collection of the host's Java programs, from the files that they
 * keep in {@code /tmp} for {@code jps} and {@code jstat}. Nothing is attached to them.
 *
 * <p>A program started with {@code -XX:-UsePerfData} has no such file. Beyond the contract, so only
 * where it is assigned.
 */
public final class JvmPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "JVM";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    JvmSampler sampler = new JvmSampler(new ItemFields(parameters).host(), System::nanoTime);
    sampler.start();
    return sampler;
  }
}
