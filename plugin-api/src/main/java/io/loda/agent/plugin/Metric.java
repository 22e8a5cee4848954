package io.loda.agent.plugin;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/**
 * One measured value, as a source hands it over: not yet renamed, tagged with the host, or checked.
 *
 * @param name the metric's name, not empty
 * @param timestamp seconds since 1970; 0 means "now", and what lies outside 1e9…1e10 becomes now
 * @param tags tag names and values; copied
 * @param value a {@link Number}, {@link Boolean} or {@link CharSequence}; anything else is refused
 *     later and counted, so that one bad value doesn't cost its neighbours
 */
public record Metric(String name, long timestamp, Map<String, String> tags, Object value) {

  public Metric {
    requireNonNull(name, "name");
    requireNonNull(value, "value");
    tags = Map.copyOf(tags);
  }

  /** A metric of now, without tags. */
  public static Metric of(String name, double value) {
    return new Metric(name, 0, Map.of(), value);
  }

  /** A metric of now, with one tag. */
  public static Metric of(String name, double value, String tag, String tagValue) {
    return new Metric(name, 0, Map.of(tag, tagValue), value);
  }
}
