package io.loda.agent.source;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The record of one run of a plugin.
 *
 * @param result the tag {@code result} of the run's own point: {@code ok}, {@code exit}…
 * @param halted true: the agent ended it, which says nothing of the plugin
 * @param type {@code regular}, or {@code call} for a run by hand
 * @param commit of its checkout; empty for a plugin in a folder
 * @param exitCode −1: there is none
 * @param points how many metrics it gave
 * @param refused how many items were refused
 * @param firstRefused the reasons of the first of them
 * @param cpuMillis of all its processes that were seen
 * @param maxRssKilobytes the largest resident set of one of its processes
 * @param skipped ticks since the last run that were skipped
 * @param lateMillis how late it began
 * @param leftovers processes that outlived it and were ended
 * @param detail what happened, after a failure or a halt; empty otherwise
 * @param stderr the end of it
 * @param badOutput the beginning of an output without any good metric; empty otherwise
 */
public record PluginRun(
    Instant start,
    String result,
    boolean halted,
    String type,
    String commit,
    int exitCode,
    Duration duration,
    long outputBytes,
    long points,
    long refused,
    List<String> firstRefused,
    long cpuMillis,
    long maxRssKilobytes,
    int skipped,
    long lateMillis,
    int leftovers,
    String detail,
    String stderr,
    String badOutput) {

  public PluginRun {
    firstRefused = List.copyOf(firstRefused);
  }

  public boolean ok() {
    return result.equals("ok");
  }

  /** The same, with other texts. */
  public PluginRun withTexts(String otherStderr, String otherOutput) {
    return new PluginRun(
        start,
        result,
        halted,
        type,
        commit,
        exitCode,
        duration,
        outputBytes,
        points,
        refused,
        firstRefused,
        cpuMillis,
        maxRssKilobytes,
        skipped,
        lateMillis,
        leftovers,
        detail,
        otherStderr,
        otherOutput);
  }
}
