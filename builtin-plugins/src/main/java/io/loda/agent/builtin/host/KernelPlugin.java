package io.loda.agent.builtin.host;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.Samplers;
import io.loda.agent.builtin.kit.StateFile;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.time.Clock;
import java.util.Map;

/** {@code KERNEL}: file handles of the whole host, and logins, successful or failed. */
public final class KernelPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "KERNEL";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    ItemFields given = new ItemFields(parameters);
    HostTrees host = given.host();
    StateFile state = new StateFile(given.stateDirectory(), "kernel-logins");
    return Samplers.all(
        new FileHandleSampler(host), new LoginSampler(host, state, Clock.systemUTC()));
  }
}
