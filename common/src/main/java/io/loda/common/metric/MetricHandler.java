package io.loda.common.metric;

import io.loda.agent.plugin.Metric;

/** Takes what a reader finds, in the order in which it stands there; in the reader's thread. */
public interface MetricHandler {

  void metric(Metric metric);

  /**
   * Something that is no metric, and cost nothing but itself.
   *
   * @param reason where it is, what was expected and what was found there
   */
  void refused(String reason);
}
