package io.loda.agent.source.script.result;

/**
 * The resources that a run used.
 *
 * @param cpuMillis of all its processes that were seen
 * @param maxRssKilobytes the largest resident set of one of its processes
 * @param leftovers processes that outlived the plugin and were ended
 * @param kept processes that outlived the plugin and go on
 * @param whyNotKept why processes that should go on were ended; empty otherwise
 */
public record RunUsage(
    long cpuMillis, long maxRssKilobytes, int leftovers, int kept, String whyNotKept) {

  static final RunUsage NONE = new RunUsage(0, 0, 0, 0, "");

  /** Returns the same with the kept processes ended. */
  RunUsage withNothingKept(String why) {
    return new RunUsage(cpuMillis, maxRssKilobytes, leftovers + kept, 0, why);
  }
}
