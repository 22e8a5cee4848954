package io.loda.agent.point;

import io.loda.agent.plugin.Metric;
import java.util.List;

/**
 * Takes the metrics of one run in pieces as they are read, so that they needn't be kept until its
 * end. One thread.
 */
public interface MetricTaker {

  /**
   * Takes a piece; counts what can't be sent.
   *
   * @return how many bytes it is, encoded
   */
  long take(List<Metric> metrics);

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
