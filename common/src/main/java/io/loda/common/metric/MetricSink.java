package io.loda.common.metric;

/**
 * Takes metrics part by part as a reader finds them, so that no object is built for them. The calls
 * for a metric are {@link #begin}, its parts in any order, {@link #end}; a repeated part replaces
 * the one before. A metric without its end is dropped. One thread at a time.
 */
public interface MetricSink {

  void begin();

  void name(String name);

  /** Sets the timestamp in seconds; 0, or no call: now. */
  void timestamp(long seconds);

  void tag(String key, String value);

  void number(String field, long value);

  /**
   * Sets a number.
   *
   * @param value if it isn't finite, {@link #end} refuses the metric
   */
  void number(String field, double value);

  void flag(String field, boolean value);

  /** Sets a text that is meant as text. */
  void text(String field, String value);

  /**
   * Sets a JSON string, which may be meant as another type: the Loda router writes it into line
   * protocol unchanged, so {@code "5"} is a number.
   */
  void string(String field, String value);

  /**
   * Completes the metric.
   *
   * @throws IllegalArgumentException when it is refused; says why, and the metric is dropped
   */
  void end();
}
