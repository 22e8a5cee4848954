package io.loda.server.metric;

/** It isn't what a metric looks like. The message says what was expected and what was found. */
public final class BadMetric extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public BadMetric(String message) {
    super(message);
  }
}
