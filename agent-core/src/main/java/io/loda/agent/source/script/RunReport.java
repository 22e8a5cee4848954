package io.loda.agent.source.script;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.GitAddress;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.PluginRun;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.Destination;
import io.loda.common.telemetry.Discards;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Builds what is sent and recorded after a script's run: its metrics, the metric about the run, and
 * after a failure the alarm of the wire contract (section 2).
 */
final class RunReport {

  private static final String EXCEPTIONS = "exception.monitor.loda";
  private static final int LONGEST_SAID = 300;
  private static final int LONGEST_REFUSED = 200;
  private static final int LONGEST_DETAIL = 1000;

  private final Assignment.Script assignment;
  private final Destination destination;
  private final Discards discards;

  RunReport(Assignment.Script assignment, Discards discards) {
    this.assignment = assignment;
    this.destination =
        Destination.of(assignment.namespace(), assignment.project(), assignment.name());
    this.discards = discards;
  }

  /** The plugin's own metrics, under its name. */
  Batch batch(List<Metric> metrics) {
    return new Batch(destination.namespace(), destination.prefix(), metrics);
  }

  /** Counts refused items of its output, and logs why. */
  void refused(List<String> reasons, long count) {
    discards.countOf(
        assignment.key(),
        "plugin-output",
        count,
        "plugin " + assignment.key() + ": " + String.join("; ", first(reasons)));
  }

  /**
   * Builds the report of a run.
   *
   * @param type {@code regular}, or {@code call} for a run by hand
   * @param commit empty for a plugin in a folder
   * @param points of the run; a stream has more than its result
   * @param refused likewise
   * @param skipped ticks since the last run that were skipped
   * @param lateMillis how late it began
   */
  Collected of(
      RunResult result,
      String type,
      String commit,
      long points,
      long refused,
      int skipped,
      long lateMillis) {
    PluginRun run = run(result, type, commit, points, refused, skipped, lateMillis);
    List<Batch> batches = new ArrayList<>();
    if (result.sent() == 0 && !result.metrics().isEmpty()) {
      batches.add(batch(result.metrics()));
    }
    Metric went = RunMetric.of(assignment.name(), run);
    batches.add(ofPlugin(went));
    if (result.ok()) {
      return new Collected(batches, "", lastLine(result.stderr()), run, List.of());
    }
    Batch alarm = alarm(type);
    batches.add(alarm);
    // without the other fields, which would count the run's usage twice
    Metric failed = new Metric(went.name(), 0, went.tags(), went.value());
    return new Collected(
        batches,
        result.outcome().tag() + ": " + result.detail(),
        lastLine(result.stderr()),
        run,
        List.of(ofPlugin(failed), alarm));
  }

  private Batch ofPlugin(Metric metric) {
    return new Batch(assignment.namespace(), "plugin.", List.of(metric));
  }

  /** The alarm; like the older agent it names the plugin {@code GROUP/REPO}. */
  private Batch alarm(String type) {
    String repository = GitAddress.groupAndProject(assignment.git());
    String name = repository.isEmpty() ? assignment.name() : repository;
    return new Batch(
        EXCEPTIONS,
        "plugin.",
        List.of(
            new Metric(
                "result", 0, Map.of("ns", assignment.namespace(), "name", name, "type", type), 1)));
  }

  private static PluginRun run(
      RunResult result,
      String type,
      String commit,
      long points,
      long refused,
      int skipped,
      long lateMillis) {
    return new PluginRun(
        Instant.now().minus(result.duration()),
        result.outcome().tag(),
        result.outcome() == RunResult.Outcome.HALTED,
        type,
        commit,
        result.exitCode(),
        result.duration(),
        result.outputBytes(),
        points,
        refused,
        first(result.refused()).stream().map(line -> cut(line, LONGEST_REFUSED)).toList(),
        result.usage().cpuMillis(),
        result.usage().maxRssKilobytes(),
        skipped,
        lateMillis,
        result.usage().leftovers(),
        cut(result.detail(), LONGEST_DETAIL),
        result.stderr(),
        result.badOutput());
  }

  private static List<String> first(List<String> lines) {
    return lines.stream().distinct().limit(3).toList();
  }

  private static String lastLine(String stderr) {
    String[] lines = stderr.strip().split("\n", -1);
    // it may be shown on a terminal
    String last = lines[lines.length - 1].strip().replaceAll("\\p{Cntrl}", "?");
    return cut(last, LONGEST_SAID);
  }

  private static String cut(String text, int length) {
    return text.length() > length ? text.substring(0, length) + "…" : text;
  }
}
