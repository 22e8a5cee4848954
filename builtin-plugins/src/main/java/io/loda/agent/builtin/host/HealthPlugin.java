package io.loda.agent.builtin.host;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.List;
import java.util.Map;

/** {@code HEALTH}: the agent's heartbeat; an alarm is raised when it is missing. */
public final class HealthPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "HEALTH";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    return () -> List.of(Metric.of("agent.alive", 1));
  }
}
