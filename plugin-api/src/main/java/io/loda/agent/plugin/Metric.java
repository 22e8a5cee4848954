package io.loda.agent.plugin;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * One measurement, as a source hands it over: not yet renamed, tagged with the host, or checked.
 * Most have one field, {@value #VALUE}.
 *
 * @param name the metric's name, not empty
 * @param timestamp seconds since 1970; 0 means "now", and what lies outside 1e9…1e10 becomes now
 * @param tags tag names and values; copied, and sorted by name
 * @param fields field names and values, at least one, in the order they are sent; copied. A value
 *     is a {@link Number}, {@link Boolean} or {@link CharSequence}; anything else is refused later
 *     and counted, so that one bad value doesn't cost its neighbours
 */
public record Metric(
    String name, long timestamp, Map<String, String> tags, Map<String, Object> fields) {

  /** The field of a metric that has only one. */
  public static final String VALUE = "value";

  public Metric {
    requireNonNull(name, "name");
    tags = Map.copyOf(tags);
    if (tags.size() > 1) {
      // a copy's order differs from run to run, and of two names the later may win (" a" and "a")
      tags = Collections.unmodifiableMap(new TreeMap<>(tags));
    }
    if (fields.isEmpty()) {
      throw new IllegalArgumentException("fields: expected at least one, found none");
    }
    fields =
        fields.size() == 1
            ? Map.copyOf(fields)
            : Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** A metric with the one field {@value #VALUE}. */
  public Metric(String name, long timestamp, Map<String, String> tags, Object value) {
    this(name, timestamp, tags, Map.of(VALUE, requireNonNull(value, "value")));
  }

  /** A metric of now, without tags. */
  public static Metric of(String name, double value) {
    return new Metric(name, 0, Map.of(), value);
  }

  /** A metric of now, with one tag. */
  public static Metric of(String name, double value, String tag, String tagValue) {
    return new Metric(name, 0, Map.of(tag, tagValue), value);
  }

  /** The field {@value #VALUE}; where there is none of that name, the first one. */
  public Object value() {
    Object value = fields.get(VALUE);
    return value == null ? fields.values().iterator().next() : value;
  }
}
