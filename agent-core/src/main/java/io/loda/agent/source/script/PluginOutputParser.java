package io.loda.agent.source.script;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.metric.LineProtocolReader;
import io.loda.agent.metric.LineReader;
import io.loda.agent.metric.MetricHandler;
import io.loda.agent.metric.MetricJson;
import io.loda.agent.metric.NdjsonReader;
import io.loda.agent.metric.TimePrecision;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.SeriesLimit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads what a plugin printed. One run. */
final class PluginOutputParser implements MetricHandler {

  /** So many reasons are kept; of the others it is only known how many they are. */
  private static final int KEPT_REASONS = 1000;

  private static final String MORE = "and more";

  private final SeriesLimit limit;
  private final List<Metric> metrics = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  private PluginOutputParser(int maxSeries) {
    this.limit = new SeriesLimit(maxSeries);
  }

  /**
   * The result with its metrics. A plugin that has nothing to say may print nothing; of one that
   * says something, something must be good.
   */
  static RunResult parse(RunResult result, byte[] output, OutputFormat format, int maxSeries) {
    int start = start(output);
    if (start == output.length) {
      return result;
    }
    PluginOutputParser parser = new PluginOutputParser(maxSeries);
    OutputFormat told = format == OutputFormat.AUTO ? told(output[start]) : format;
    if (told == OutputFormat.JSON) {
      try {
        MetricJson.read(output, parser);
      } catch (IOException e) {
        return result.failed(
            RunResult.Outcome.BAD_OUTPUT, "standard output: " + String.valueOf(e.getMessage()));
      }
    } else {
      int from = MetricJson.afterMark(output);
      reader(told).read(output, from, output.length, 1, parser);
    }
    return parser.finished(result);
  }

  private RunResult finished(RunResult result) {
    if (limit.refused() > 0) {
      refused.add(0, limit.refusal());
      for (long i = 1; i < limit.refused(); i++) {
        refused.add(MORE);
      }
    }
    RunResult read = result.withOutput(metrics, refused);
    return metrics.isEmpty() && !refused.isEmpty()
        ? read.failed(
            RunResult.Outcome.BAD_OUTPUT,
            "standard output: expected metrics, found none that is good among "
                + refused.size()
                + "; "
                + refused.get(0))
        : read;
  }

  @Override
  public void metric(Metric metric) {
    if (limit.takes(metric)) {
      metrics.add(metric);
    }
  }

  @Override
  public void refused(String reason) {
    refused.add(refused.size() < KEPT_REASONS ? reason : MORE);
  }

  /** What the first byte that isn't blank says. */
  static OutputFormat told(byte first) {
    return switch (first) {
      case '[' -> OutputFormat.JSON;
      case '{' -> OutputFormat.NDJSON;
      default -> OutputFormat.INFLUX;
    };
  }

  /** Reads lines of one of the two formats that consist of them. */
  static LineReader reader(OutputFormat format) {
    return format == OutputFormat.INFLUX
        ? new LineProtocolReader(TimePrecision.BY_SIZE)
        : new NdjsonReader();
  }

  /** The first byte that isn't blank, or the end. */
  private static int start(byte[] output) {
    int at = MetricJson.afterMark(output);
    while (at < output.length && " \n\r\t".indexOf(output[at]) >= 0) {
      at++;
    }
    return at;
  }
}
