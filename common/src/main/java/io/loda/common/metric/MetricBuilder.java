package io.loda.common.metric;

import static java.util.Objects.requireNonNull;

import io.loda.agent.plugin.Metric;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Builds metrics with one value each from what a JSON reader finds. One thread. */
public final class MetricBuilder implements MetricSink {

  private final Consumer<Metric> metrics;

  private String name = "";
  private long timestamp;
  private Map<String, String> tags = new LinkedHashMap<>();
  private @Nullable Object value;

  /** The first problem of the current metric; null: none. */
  private @Nullable String problem;

  /** Creates a builder that hands each metric on when it is complete. */
  public MetricBuilder(Consumer<Metric> metrics) {
    this.metrics = metrics;
  }

  @Override
  public void begin() {
    name = "";
    timestamp = 0;
    tags = new LinkedHashMap<>();
    value = null;
    problem = null;
  }

  @Override
  public void name(String given) {
    if (PointLimits.tooLong(given)) {
      refuse(PointLimits.tooLong("name ", given));
    }
    name = given;
  }

  @Override
  public void timestamp(long seconds) {
    timestamp = seconds;
  }

  @Override
  public void tag(String key, String text) {
    if (PointLimits.tooLong(key) || PointLimits.tooLong(text)) {
      refuse(PointLimits.tooLong("tags.", key));
    } else if (tags.size() == PointLimits.MOST_TAGS && !tags.containsKey(key)) {
      refuse(PointLimits.TOO_MANY_TAGS);
    } else {
      tags.put(key, text);
    }
  }

  @Override
  public void number(String field, long number) {
    value = number;
  }

  @Override
  public void number(String field, double number) {
    value = number;
  }

  @Override
  public void flag(String field, boolean flag) {
    value = flag;
  }

  @Override
  public void text(String field, String text) {
    string(field, text);
  }

  @Override
  public void string(String field, String string) {
    if (PointLimits.tooLong(string)) {
      refuse(PointLimits.tooLong("", field));
    }
    value = string;
  }

  private void refuse(String what) {
    if (problem == null) {
      problem = what;
    }
  }

  @Override
  public void end() {
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    metrics.accept(new Metric(name, timestamp, tags, requireNonNull(value)));
  }
}
