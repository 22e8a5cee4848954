package io.loda.server.metric;

import java.util.Optional;

/** What becomes of a metric that comes again. The wire calls it the type. */
public enum Kind {
  /** The new value replaces the old one. */
  GAUGE("gauge", "value"),

  /** What comes is added to what is there. */
  COUNTER("counter", "delta");

  private final String text;
  private final String field;

  Kind(String text, String field) {
    this.text = text;
    this.field = field;
  }

  /** Returns the kind that the wire calls so, to the letter: {@code Gauge} is none. */
  public static Optional<Kind> named(String text) {
    return text.equals(GAUGE.text)
        ? Optional.of(GAUGE)
        : text.equals(COUNTER.text) ? Optional.of(COUNTER) : Optional.empty();
  }

  /** What the wire calls it. */
  public String text() {
    return text;
  }

  /** The field of its number in JSON. */
  public String field() {
    return field;
  }
}
