package io.loda.agent.builtin.disk;

import io.loda.agent.plugin.Metric;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Measures mounts, each on a thread of its own. Thread-safe, and shared by all samplers, so that a
 * new sampler doesn't measure a hanging mount a second time.
 *
 * <p>A thread that waits for a dead file server can't be ended, so there are at most {@value
 * #MOST_AT_ONCE}. Idle threads end.
 */
final class MountWorkers {
  private static final int MOST_AT_ONCE = 128;
  private static final long STACK_BYTES = 256 * 1024;

  private final Map<Mount, Future<List<Metric>>> asked = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          MOST_AT_ONCE,
          MOST_AT_ONCE,
          5,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> {
            Thread thread = new Thread(null, task, "mount-probe", STACK_BYTES);
            thread.setDaemon(true);
            return thread;
          });

  MountWorkers() {
    threads.allowCoreThreadTimeOut(true);
  }

  /** Starts measuring a mount; if the last measurement isn't finished, returns that one. */
  Future<List<Metric>> ask(Mount mount, Callable<List<Metric>> question) {
    return asked.compute(
        mount,
        (same, before) -> before != null && !before.isDone() ? before : threads.submit(question));
  }

  /** Forgets mounts that don't exist any more. */
  void forgetAllBut(Collection<Mount> present) {
    asked.keySet().retainAll(present);
  }
}
