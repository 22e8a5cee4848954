package io.loda.agent.source.script;

/**
 * What a run took of the host.
 *
 * @param cpuMillis of all its processes that were seen
 * @param maxRssKilobytes the largest resident set of one of its processes
 * @param leftovers processes that were still there when the plugin had ended, and were ended
 */
public record RunUsage(long cpuMillis, long maxRssKilobytes, int leftovers) {

  static final RunUsage NONE = new RunUsage(0, 0, 0);
}
