package io.loda.agent.builtin.container;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.Samplers;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.List;
import java.util.Map;

/**
 * {@code CGROUP}: processor time and memory of each container, and of the control groups of the
 * upper {@code depth} levels (2: services and slices).
 *
 * <p>Containers are tagged with their id, and with name and image if Docker or containerd tells
 * them. The contract doesn't have it, so it runs only where it is assigned.
 */
public final class CgroupPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "CGROUP";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    ItemFields given = new ItemFields(parameters);
    HostTrees host = given.host();
    ContainerNames names =
        new ContainerNames(
            List.of(new DockerEngine(host), new ContainerdEngine(host)), System::nanoTime);
    return Samplers.begun(
        new CgroupSampler(host, given.integer("depth", 2, 0, 8), names, System::nanoTime));
  }
}
