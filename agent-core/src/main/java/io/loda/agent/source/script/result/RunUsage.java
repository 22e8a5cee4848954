package io.loda.agent.source.script.result;

/**
 * What a run took of the host.
 *
 * @param cpuMillis of all its processes that were seen
 * @param maxRssKilobytes the largest resident set of one of its processes
 * @param leftovers processes that were still there when the plugin had ended, and were ended
 * @param kept processes that were still there, and go on
 * @param whyNotKept of a run that wanted to keep something; empty otherwise
 */
public record RunUsage(
    long cpuMillis, long maxRssKilobytes, int leftovers, int kept, String whyNotKept) {

  static final RunUsage NONE = new RunUsage(0, 0, 0, 0, "");

  /** The same, where what was to be kept was ended. */
  RunUsage withNothingKept(String why) {
    return new RunUsage(cpuMillis, maxRssKilobytes, leftovers + kept, 0, why);
  }
}
