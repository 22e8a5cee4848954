package io.loda.server.metric;

import java.util.Optional;

/** The kind of a metric, which the wire calls its type: how a new value changes the stored one. */
public enum Kind {
  /** The new value replaces the old one. */
  GAUGE("gauge", "value"),

  /** The delta is added to the stored sum. */
  COUNTER("counter", "delta");

  private final String text;
  private final String field;

  Kind(String text, String field) {
    this.text = text;
    this.field = field;
  }

  /** Returns the kind with this name on the wire. Case matters: {@code Gauge} is unknown. */
  public static Optional<Kind> named(String text) {
    return text.equals(GAUGE.text)
        ? Optional.of(GAUGE)
        : text.equals(COUNTER.text) ? Optional.of(COUNTER) : Optional.empty();
  }

  /** Returns the name on the wire. */
  public String text() {
    return text;
  }

  /** Returns the name of the JSON field that holds the number. */
  public String field() {
    return field;
  }
}
