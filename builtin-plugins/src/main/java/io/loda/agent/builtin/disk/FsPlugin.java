package io.loda.agent.builtin.disk;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.time.Duration;
import java.util.Map;

/** {@code FS}: space and inodes of each file system, and whether files can be written and read. */
public final class FsPlugin implements MetricPlugin {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final MountWorkers workers = new MountWorkers();
  private final InodeUsage inodes = InodeUsage.ofTheHost();

  @Override
  public String name() {
    return "FS";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    HostTrees host = new ItemFields(parameters).host();
    return new FsSampler(host, workers, new MountProbe(host)::measure, inodes, TIMEOUT);
  }
}
