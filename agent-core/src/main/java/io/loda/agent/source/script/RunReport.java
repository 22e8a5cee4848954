package io.loda.agent.source.script;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.GitAddress;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.Destination;
import io.loda.common.telemetry.Discards;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds what is sent and recorded after a script's run: its metrics, the metric about the run, and
 * after a failure the alarm of the wire contract (section 2).
 */
final class RunReport {

  private static final String EXCEPTIONS = "exception.monitor.loda";
  private static final int LONGEST_SAID = 300;

  private final Assignment.Script assignment;
  private final Destination destination;
  private final Discards discards;

  RunReport(Assignment.Script assignment, Discards discards) {
    this.assignment = assignment;
    this.destination =
        Destination.of(assignment.namespace(), assignment.project(), assignment.name());
    this.discards = discards;
  }

  /** Returns the plugin's own metrics, under its name. */
  Batch batch(List<Metric> metrics) {
    return new Batch(destination.namespace(), destination.prefix(), metrics);
  }

  /** Counts refused items of its output, and logs the reasons. */
  void refused(List<String> reasons, long count) {
    discards.countOf(
        assignment.key(),
        "plugin-output",
        count,
        "plugin " + assignment.key() + ": " + String.join("; ", first(reasons)));
  }

  Collected of(RunResult result) {
    List<Batch> batches = new ArrayList<>();
    if (result.sent() == 0 && !result.metrics().isEmpty()) {
      batches.add(batch(result.metrics()));
    }
    Metric went = metric(result);
    batches.add(ofPlugin(went));
    if (result.ok()) {
      return new Collected(batches, "", lastLine(result.stderr()), result, List.of());
    }
    Batch alarm = alarm(result.occasion().type());
    batches.add(alarm);
    // without the other fields: they would count the run's usage twice
    Metric failed = new Metric(went.name(), 0, went.tags(), went.value());
    return new Collected(
        batches,
        result.outcome().tag() + ": " + result.detail(),
        lastLine(result.stderr()),
        result,
        List.of(ofPlugin(failed), alarm));
  }

  private Batch ofPlugin(Metric metric) {
    return new Batch(assignment.namespace(), "plugin.", List.of(metric));
  }

  /** Returns the alarm; as in the older agent it names the plugin {@code GROUP/REPO}. */
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

  /** Returns the metric about a run: {@code plugin.<Name>}, by section 2 of the wire contract. */
  private Metric metric(RunResult run) {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("result", run.outcome().tag());
    tags.put("type", run.occasion().type());
    if (!run.occasion().commit().isEmpty()) {
      tags.put("commit", run.occasion().commit());
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(Metric.VALUE, run.ok() ? 1 : 0);
    fields.put("duration_ms", run.duration().toMillis());
    fields.put("exit_code", run.exitCode());
    fields.put("output_bytes", run.outputBytes());
    fields.put("points", run.points());
    fields.put("refused", run.refused().count());
    fields.put("cpu_ms", run.usage().cpuMillis());
    fields.put("max_rss_kb", run.usage().maxRssKilobytes());
    fields.put("skipped", run.occasion().skipped());
    fields.put("late_ms", run.occasion().lateMillis());
    return new Metric(assignment.name(), 0, tags, fields);
  }

  private static List<String> first(List<String> lines) {
    return lines.stream().distinct().limit(3).toList();
  }

  private static String lastLine(String stderr) {
    String[] lines = stderr.strip().split("\n", -1);
    // it may be shown on a terminal
    String last = lines[lines.length - 1].strip().replaceAll("\\p{Cntrl}", "?");
    return RunResult.cut(last, LONGEST_SAID);
  }
}
