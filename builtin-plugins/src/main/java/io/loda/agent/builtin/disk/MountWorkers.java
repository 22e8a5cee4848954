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
 * Looks at mounts, each on a thread of its own. Thread-safe, and shared by all samplers: one that
 * is opened anew must not ask a mount that hangs a second time.
 *
 * <p>A thread that waits for a dead file server can't be ended by anybody, so there are at most
 * {@value #MOST_AT_ONCE}. Idle ones end.
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

  /** Asks the mount, unless it hasn't answered the last question yet: then waits for that. */
  Future<List<Metric>> ask(Mount mount, Callable<List<Metric>> question) {
    return asked.compute(
        mount,
        (same, before) -> before != null && !before.isDone() ? before : threads.submit(question));
  }

  /** Forgets the mounts that are no more. */
  void forgetAllBut(Collection<Mount> present) {
    asked.keySet().retainAll(present);
  }
}
