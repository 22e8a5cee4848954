package io.loda.agent.source;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * One run of a script plugin, as it is remembered and shown.
 *
 * @param result the tag {@code result} of the run's own point: {@code ok}, {@code exit}…
 * @param halted the agent ended it, so that its end says nothing of the plugin
 * @param type {@code regular}, or {@code call} for one that somebody asked for
 * @param commit of the checkout that it ran in; empty for a plugin in a folder
 * @param exitCode −1 where there is none
 * @param points what it gave
 * @param refused how many items were refused
 * @param firstRefused why, of the first of them
 * @param cpuMillis of all its processes that were seen
 * @param maxRssKilobytes the largest resident set of one of its processes
 * @param skipped ticks since the last run that found it still going
 * @param lateMillis how long after it was due it began
 * @param leftovers processes that it left running, and that were ended
 * @param detail for a failure, or what was halted: what happened, in words; empty otherwise
 * @param stderr its end
 * @param badOutput how the output began in which nothing was good; empty otherwise
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

  /** The same with other texts of what it wrote. */
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
