package io.loda.common.metric;

/**
 * Takes metrics piece by piece, as a reader meets them, so that nothing is built that nobody keeps.
 * A metric is {@link #begin}, its parts in any order, {@link #end}; a part that comes again
 * replaces what it said before. A metric that isn't ended is forgotten. One thread at a time.
 */
public interface MetricSink {

  void begin();

  void name(String name);

  /** Seconds; 0, or never called: now. */
  void timestamp(long seconds);

  void tag(String key, String value);

  void number(String field, long value);

  /**
   * A number.
   *
   * @param value finite, or {@link #end} refuses the metric
   */
  void number(String field, double value);

  void flag(String field, boolean value);

  /** A text that is meant as one. */
  void text(String field, String value);

  /**
   * A string of JSON, of which nobody said what it is meant as: the Loda router writes it into line
   * protocol as it is, so that {@code "5"} is a number.
   */
  void string(String field, String value);

  /**
   * The metric is complete.
   *
   * @throws IllegalArgumentException when it can't be taken; says why, and the metric is forgotten
   */
  void end();
}
