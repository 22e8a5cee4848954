package io.loda.agent.source.script.cage;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts the current runs of each plugin. After the last one the plugin's processes and files can
 * be cleared, and the next run waits for that. Any thread; blocks as long as the clearing takes.
 */
public final class PluginRuns {

  private final Map<String, Integer> running = new HashMap<>();
  private final Set<String> clearing = new HashSet<>();
  private final Map<String, Queue<Runnable>> waiting = new HashMap<>();

  /** Begins a run; waits while the plugin is being cleared. */
  public synchronized void begin(String plugin) throws InterruptedException {
    while (clearing.contains(plugin)) {
      wait();
    }
    running.merge(plugin, 1, Integer::sum);
  }

  /**
   * Ends a run.
   *
   * @param clear runs if this was the plugin's last run
   */
  public void end(String plugin, Runnable clear) {
    synchronized (this) {
      if (running.merge(plugin, -1, Integer::sum) > 0) {
        return;
      }
      running.remove(plugin);
      clearing.add(plugin);
    }
    clear(plugin, clear);
  }

  /** Runs a task while the plugin has no run: now, or after the last run. */
  public void whenNone(String plugin, Runnable clear) {
    synchronized (this) {
      if (running.containsKey(plugin) || clearing.contains(plugin)) {
        waiting.computeIfAbsent(plugin, unused -> new ArrayDeque<>()).add(clear);
        return;
      }
      clearing.add(plugin);
    }
    clear(plugin, clear);
  }

  private void clear(String plugin, Runnable first) {
    try {
      first.run();
    } finally {
      Runnable next = next(plugin);
      if (next != null) {
        clear(plugin, next);
      }
    }
  }

  private synchronized @Nullable Runnable next(String plugin) {
    Queue<Runnable> more = waiting.get(plugin);
    Runnable next = more == null ? null : more.poll();
    if (next == null) {
      waiting.remove(plugin);
      clearing.remove(plugin);
      notifyAll();
    }
    return next;
  }
}
