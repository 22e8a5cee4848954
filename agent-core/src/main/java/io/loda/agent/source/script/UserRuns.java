package io.loda.agent.source.script;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Runs of plugins with a user of their own, by user: what such a user has can be ended and removed
 * when the last of his runs is over, and the next one waits for that. Any thread; blocks as long as
 * that takes.
 */
final class UserRuns {

  private final Map<Long, Integer> running = new HashMap<>();
  private final Set<Long> clearing = new HashSet<>();

  /** A run begins; negative: its plugin has no user of its own. */
  synchronized void begin(long uid) throws InterruptedException {
    if (uid < 0) {
      return;
    }
    while (clearing.contains(uid)) {
      wait();
    }
    running.merge(uid, 1, Integer::sum);
  }

  /**
   * A run is over.
   *
   * @param clear where no other of that user is under way
   */
  void end(long uid, Runnable clear) {
    if (uid < 0) {
      return;
    }
    synchronized (this) {
      if (running.merge(uid, -1, Integer::sum) > 0) {
        return;
      }
      running.remove(uid);
      clearing.add(uid);
    }
    try {
      clear.run();
    } finally {
      synchronized (this) {
        clearing.remove(uid);
        notifyAll();
      }
    }
  }
}
