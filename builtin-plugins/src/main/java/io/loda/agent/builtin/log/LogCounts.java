package io.loda.agent.builtin.log;

import io.loda.agent.plugin.Metric;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The results of an interval's lines, for each combination of tags. */
final class LogCounts {
  private static final int MOST_COMBINATIONS = 100;
  private static final String OTHER = "other";

  private final String name;
  private final LogPattern pattern;
  private final Map<Map<String, String>, Sum> sums = new LinkedHashMap<>();

  LogCounts(String name, LogPattern pattern) {
    this.name = name;
    this.pattern = pattern;
  }

  private static final class Sum {
    private long count;
    private double total;
    private double max = Double.NEGATIVE_INFINITY;
    private double min = Double.POSITIVE_INFINITY;

    void add(double number) {
      count++;
      total += number;
      max = Math.max(max, number);
      min = Math.min(min, number);
    }

    double value(LogPattern.Function function) {
      return switch (function) {
        case CNT, SUM -> total;
        case AVG -> total / count;
        case MAX -> max;
        case MIN -> min;
      };
    }
  }

  void add(Map<String, String> tags, double number) {
    Sum sum = sums.get(tags);
    if (sum == null) {
      Map<String, String> kept = sums.size() < MOST_COMBINATIONS ? tags : other();
      sum = sums.computeIfAbsent(kept, t -> new Sum());
    }
    sum.add(number);
  }

  private Map<String, String> other() {
    Map<String, String> other = new LinkedHashMap<>();
    pattern.tags().keySet().forEach(tag -> other.put(tag, OTHER));
    return other;
  }

  /**
   * Returns a metric for each combination; 0 without any line, which an alarm can tell from
   * silence.
   */
  List<Metric> metrics() {
    if (sums.isEmpty()
        && pattern.function() == LogPattern.Function.CNT
        && pattern.tags().isEmpty()) {
      return List.of(Metric.of(name, 0));
    }
    return sums.entrySet().stream()
        .map(e -> new Metric(name, 0, e.getKey(), e.getValue().value(pattern.function())))
        .toList();
  }
}
