package io.loda.agent.source.script.output;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.plugin.Metric;
import io.loda.agent.point.MetricTaker;
import io.loda.agent.source.SeriesLimit;
import io.loda.agent.source.script.result.OutputHead;
import io.loda.agent.source.script.result.RefusedItems;
import io.loda.agent.source.script.result.RunResult;
import io.loda.common.metric.JsonMetricReader;
import io.loda.common.metric.LineProtocolReader;
import io.loda.common.metric.LineReader;
import io.loda.common.metric.MetricBuilder;
import io.loda.common.metric.MetricHandler;
import io.loda.common.metric.MetricName;
import io.loda.common.metric.NdjsonReader;
import io.loda.common.metric.StrictUtf8;
import io.loda.common.metric.TimePrecision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses the output of one run of a plugin.
 *
 * <p>The unit of a timestamp is guessed by its size: line protocol has nanoseconds, and plugins of
 * this agent have always printed seconds. They differ by nine digits, so no time between 1973 and
 * 5138 can be mistaken. {@code NaN}, which Python's {@code json} prints, costs its item and not the
 * list.
 */
public final class PluginOutputParser implements MetricHandler {

  /** How many metrics are passed on at once, and how many the result shows then. */
  private static final int PIECE = 1000;

  /** JSON up to this size is passed on at its end, when it is known to be JSON. */
  private static final int SMALL_BYTES = 64 * 1024;

  private final SeriesLimit limit;
  private final List<Metric> metrics = new ArrayList<>();
  private final RefusedItems refused = new RefusedItems();
  private final @Nullable MetricTaker taker;

  /** The metrics that aren't passed on yet. */
  private final List<Metric> piece = new ArrayList<>();

  private boolean passesOn = true;
  private int good;

  private PluginOutputParser(int maxSeries, @Nullable MetricTaker taker) {
    this.limit = new SeriesLimit(maxSeries);
    this.taker = taker;
  }

  /**
   * Returns the result with its metrics. Empty output is good; other output must have at least one
   * metric.
   *
   * @param length of the output at the array's beginning
   * @param taker takes the metrics during the reading; null: all are in the result
   */
  public static RunResult parse(
      RunResult result,
      byte[] output,
      int length,
      OutputFormat format,
      int maxSeries,
      @Nullable MetricTaker taker) {
    int from = Math.min(StrictUtf8.afterMark(output), length);
    int start = from;
    while (start < length && " \n\r\t".indexOf(output[start]) >= 0) {
      start++;
    }
    if (start == length) {
      return result;
    }
    PluginOutputParser parser = new PluginOutputParser(maxSeries, taker);
    OutputFormat told = format == OutputFormat.AUTO ? told(output[start]) : format;
    if (told == OutputFormat.JSON) {
      try {
        parser.readJson(output, from, length - from);
      } catch (IOException e) {
        return result.badOutput(String.valueOf(e.getMessage()), OutputHead.of(output, length));
      }
    } else {
      reader(told).read(output, from, length, 1, parser);
    }
    return parser.finished(result, output, length);
  }

  /** Reads a list. If it isn't JSON to its end, nothing of it counts, however it begins. */
  private void readJson(byte[] output, int from, int length) throws IOException {
    JsonMetricReader reader = JsonMetricReader.ofOutput();
    passesOn = length > SMALL_BYTES;
    if (taker != null && passesOn) {
      reader.read(output, from, length, new MetricBuilder(metric -> {}), reason -> {});
    }
    reader.read(output, from, length, new MetricBuilder(this::metric), this::refused);
  }

  private RunResult finished(RunResult result, byte[] output, int length) {
    if (limit.refused() > 0) {
      refused.countFirst(limit.refusal(), limit.refused());
    }
    if (taker != null && !piece.isEmpty()) {
      taker.take(piece);
    }
    RunResult read = result.withOutput(metrics, refused, taker == null ? 0 : good);
    return good == 0 && !refused.isEmpty()
        ? read.badOutput(
            "expected metrics, found none that is good among "
                + refused.size()
                + "; "
                + refused.get(0),
            OutputHead.of(output, length))
        : read;
  }

  @Override
  public void metric(Metric metric) {
    String problem = MetricName.problem(metric.name());
    if (!problem.isEmpty()) {
      refused.count(problem);
      return;
    }
    if (!limit.takes(metric)) {
      return;
    }
    good++;
    if (taker == null || metrics.size() < PIECE) {
      metrics.add(metric);
    }
    if (taker != null) {
      piece.add(metric);
      if (passesOn && piece.size() == PIECE) {
        taker.take(piece);
        piece.clear();
      }
    }
  }

  @Override
  public void refused(String reason) {
    refused.count(reason);
  }

  /** Returns the format that the first non-blank byte tells. */
  static OutputFormat told(byte first) {
    return switch (first) {
      case '[' -> OutputFormat.JSON;
      case '{' -> OutputFormat.NDJSON;
      default -> OutputFormat.INFLUX;
    };
  }

  /** Returns the reader of a format that consists of lines. */
  static LineReader reader(OutputFormat format) {
    return format == OutputFormat.INFLUX
        ? new LineProtocolReader(TimePrecision.BY_SIZE)
        : new NdjsonReader();
  }
}
