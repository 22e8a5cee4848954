package io.loda.agent.pipeline;

import io.loda.agent.plugin.Metric;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes a point of a metric, by the wire contract's rules for names, tags and timestamps. Any
 * thread.
 */
final class Normalizer {

  private static final long EARLIEST = 1_000_000_000L;
  private static final long LATEST = 10_000_000_000L;

  private final Supplier<String> hostname;
  private final InstantSource clock;

  Normalizer(Supplier<String> hostname, InstantSource clock) {
    this.hostname = hostname;
    this.clock = clock;
  }

  /**
   * One point.
   *
   * @param prefix goes before the metric's name; may be empty
   * @throws IllegalArgumentException when the metric can't be sent; says why
   */
  Point normalize(String prefix, Metric metric) {
    if (metric.name().isBlank()) {
      throw new IllegalArgumentException("name: expected a name, found an empty string");
    }
    return new Point(
        prefix + metric.name(), tags(metric.tags()), timestamp(metric), fields(metric.fields()));
  }

  private SortedMap<String, String> tags(Map<String, String> given) {
    SortedMap<String, String> tags = new TreeMap<>();
    given.forEach(
        (key, value) -> {
          String cleaned = clean(value);
          if (!key.isBlank() && !cleaned.isEmpty()) {
            tags.put(key.strip(), cleaned);
          }
        });
    tags.computeIfAbsent("host", unused -> clean(hostname.get()));
    return tags;
  }

  private static String clean(String value) {
    String trimmed = value.strip();
    StringBuilder cleaned = new StringBuilder(trimmed.length());
    for (int i = 0; i < trimmed.length(); i++) {
      char c = trimmed.charAt(i);
      cleaned.append(Character.isWhitespace(c) ? '-' : c);
    }
    return cleaned.toString();
  }

  private long timestamp(Metric metric) {
    long seconds = metric.timestamp();
    return seconds < EARLIEST || seconds > LATEST ? clock.instant().getEpochSecond() : seconds;
  }

  private static Map<String, Object> fields(Map<String, Object> given) {
    if (given.size() == 1 && given.containsKey(Metric.VALUE)) {
      return Map.of(Metric.VALUE, value(Metric.VALUE, given.get(Metric.VALUE)));
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    given.forEach(
        (key, value) -> {
          if (key.isBlank()) {
            throw new IllegalArgumentException("fields: expected a name, found an empty string");
          }
          fields.put(key.strip(), value(key, value));
        });
    return fields;
  }

  private static Object value(String field, @Nullable Object value) {
    if (value instanceof Number number) {
      if (!Double.isFinite(number.doubleValue())) {
        throw new IllegalArgumentException(field + ": expected a finite number, found " + number);
      }
      return number;
    }
    if (value instanceof Boolean) {
      return value;
    }
    if (value instanceof CharSequence) {
      return value.toString();
    }
    throw new IllegalArgumentException(
        field
            + ": expected a number, boolean or string, found "
            + (value == null ? "null" : value.getClass().getSimpleName()));
  }
}
