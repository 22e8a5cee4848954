package io.loda.agent.source.script;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many processes each run has. The limit on them is the plugins' user's, so it counts those of
 * all runs together, and a run that multiplies keeps the others from starting any: when together
 * they have nearly all, the run that has the most has to go. Any thread.
 */
final class ProcessShares {

  /** At the limit itself some have always just ended, or aren't in their group yet. */
  private static final int MARGIN = 16;

  /** Nothing is shared. */
  static final ProcessShares NONE = new ProcessShares(Long.MAX_VALUE);

  private final long most;
  private final Map<Object, Long> shares = new ConcurrentHashMap<>();

  /**
   * Shares of none yet.
   *
   * @param most what all runs together may have, threads included
   */
  ProcessShares(long most) {
    this.most = most;
  }

  /** Notes what a run has now, and tells whether it has to go for the others' sake. */
  boolean crowdsOut(Object run, long tasks) {
    shares.put(run, tasks);
    long all = 0;
    long largest = 0;
    for (long share : shares.values()) {
      all += share;
      largest = Math.max(largest, share);
    }
    return tasks == largest && all >= most - most / MARGIN;
  }

  /** A run is over. */
  void forget(Object run) {
    shares.remove(run);
  }
}
