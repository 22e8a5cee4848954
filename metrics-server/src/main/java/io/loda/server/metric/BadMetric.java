package io.loda.server.metric;

/**
 * A metric, or a list of metrics, that is invalid. The message says what was expected and what was
 * found.
 */
public final class BadMetric extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public BadMetric(String message) {
    super(message);
  }
}
