package io.loda.agent.point;

import io.loda.agent.plugin.Metric;

/**
 * Takes the metrics of one run as they are read, so that they needn't be kept until its end. One
 * thread.
 */
public interface MetricTaker {

  /** Takes one; what can't be sent is counted. */
  void take(Metric metric);

  /** Whether so much was taken that it is time to hand it on. */
  boolean isFull();

  /**
   * Hands on what was taken.
   *
   * @return how many bytes it was, encoded
   */
  long handOn();

  /** Who takes a run's metrics. Any thread. */
  interface Factory {

    /**
     * For one run.
     *
     * @param source who makes them, for the log
     * @param prefix goes before each metric's name
     */
    MetricTaker of(String namespace, String source, String prefix);
  }
}
