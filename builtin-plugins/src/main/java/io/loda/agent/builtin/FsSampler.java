package io.loda.agent.builtin;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the mounted file systems, each on a thread of its own.
 *
 * <p>One that doesn't answer in time is shown as {@code fs.files.rw} 0 and isn't asked again before
 * it does: a hanging mount costs one thread, however long it hangs.
 */
final class FsSampler implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(FsSampler.class);
  private static final int MOST_MOUNTS_AT_ONCE = 32;

  private final Path mounts;
  private final Probe probe;
  private final Duration timeout;
  private final Map<Mount, Future<List<Metric>>> hanging = new HashMap<>();
  private final Warnings warnings = new Warnings(log);
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          MOST_MOUNTS_AT_ONCE,
          MOST_MOUNTS_AT_ONCE,
          5,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> {
            Thread thread = new Thread(task, "mount-probe");
            thread.setDaemon(true);
            return thread;
          });

  /** How one mount is looked at. */
  interface Probe {
    List<Metric> measure(Mount mount) throws Exception;
  }

  FsSampler(Host host, Probe probe, Duration timeout) {
    this.mounts = host.namespaced("mounts");
    this.probe = probe;
    this.timeout = timeout;
    threads.allowCoreThreadTimeOut(true);
  }

  @Override
  public List<Metric> collect() throws IOException, InterruptedException {
    Collection<Mount> present = Mount.list(mounts);
    hanging.keySet().retainAll(present);
    Map<Mount, Future<List<Metric>>> asked = new HashMap<>();
    for (Mount mount : present) {
      Future<List<Metric>> before = hanging.get(mount);
      asked.put(
          mount,
          before != null && !before.isDone() ? before : threads.submit(() -> probe.measure(mount)));
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    Points points = new Points();
    for (Mount mount : present) {
      Future<List<Metric>> answer = asked.get(mount);
      if (answer != null) {
        add(mount, answer, deadline, points);
      }
    }
    return points.list();
  }

  private void add(Mount mount, Future<List<Metric>> answer, long deadline, Points points)
      throws InterruptedException {
    try {
      long left = Math.max(0, deadline - System.nanoTime());
      answer.get(left, TimeUnit.NANOSECONDS).forEach(points::add);
      hanging.remove(mount);
      warnings.over(mount.path());
    } catch (TimeoutException e) {
      hanging.put(mount, answer);
      warnings.once(
          mount.path(),
          "%s (%s) doesn't answer: is its server there?".formatted(mount.path(), mount.device()));
      points.add("fs.files.rw", 0, "mount", mount.path());
    } catch (ExecutionException e) {
      hanging.remove(mount);
      warnings.once(mount.path(), "can't measure " + mount.path() + ": " + e.getCause());
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
