package io.loda.agent.builtin.disk;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.Warnings;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the mounted file systems; none waits for another.
 *
 * <p>A mount that doesn't answer in time gets {@code fs.files.rw} 0, and isn't measured again
 * before it answers: a hanging mount costs one thread, however long it hangs.
 */
final class FsSampler implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(FsSampler.class);

  private final HostTrees host;
  private final Path mounts;
  private final MountWorkers workers;
  private final Probe probe;
  private final InodeUsage inodes;
  private final Duration timeout;
  private final Warnings warnings = new Warnings(log);

  /** Measures one mount; returns nothing for a mount that isn't worth measuring. */
  interface Probe {
    List<Metric> measure(Mount mount) throws Exception;
  }

  FsSampler(
      HostTrees host, MountWorkers workers, Probe probe, InodeUsage inodes, Duration timeout) {
    this.host = host;
    this.mounts = host.namespaced("mounts");
    this.workers = workers;
    this.probe = probe;
    this.inodes = inodes;
    this.timeout = timeout;
  }

  @Override
  public List<Metric> collect() throws IOException, InterruptedException {
    Collection<Mount> present = Mount.list(mounts);
    workers.forgetAllBut(present);
    Map<Mount, Future<List<Metric>>> asked = new HashMap<>();
    present.forEach(mount -> asked.put(mount, workers.ask(mount, () -> probe.measure(mount))));
    long deadline = System.nanoTime() + timeout.toNanos();
    Points points = new Points();
    List<Mount> answered = new ArrayList<>();
    for (Mount mount : present) {
      Future<List<Metric>> answer = asked.get(mount);
      if (answer != null && add(mount, answer, deadline, points)) {
        answered.add(mount);
      }
    }
    addInodes(answered, points);
    return points.list();
  }

  /** Returns whether the mount answered. */
  private boolean add(Mount mount, Future<List<Metric>> answer, long deadline, Points points)
      throws InterruptedException {
    try {
      long left = Math.max(0, deadline - System.nanoTime());
      List<Metric> metrics = answer.get(left, TimeUnit.NANOSECONDS);
      metrics.forEach(points::add);
      warnings.over(mount.path());
      return !metrics.isEmpty();
    } catch (TimeoutException e) {
      warnings.once(
          mount.path(),
          "FS: %s (%s): timeout: is its server there?".formatted(mount.path(), mount.device()));
      points.add("fs.files.rw", 0, "mount", mount.path());
    } catch (ExecutionException e) {
      warnings.once(mount.path(), "FS: look at " + mount.path() + " failed: " + e.getCause());
    }
    return false;
  }

  /** Adds the inodes of mounts that have just answered; on others {@code stat} would hang. */
  private void addInodes(List<Mount> answered, Points points) throws InterruptedException {
    Map<Path, Double> percent =
        inodes.usedPercent(answered.stream().map(mount -> host.resolve(mount.path())).toList());
    for (Mount mount : answered) {
      Double used = percent.get(host.resolve(mount.path()));
      if (used != null) {
        points.add("fs.inodes.used.percent", used, "mount", mount.path());
      }
    }
  }
}
