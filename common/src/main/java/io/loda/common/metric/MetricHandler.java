package io.loda.common.metric;

import io.loda.agent.plugin.Metric;

/** Takes metrics in their order in the text, in the reader's thread. */
public interface MetricHandler {

  void metric(Metric metric);

  /**
   * Called for a bad item, which costs only itself.
   *
   * @param reason where it is, what was expected and what was found
   */
  void refused(String reason);
}
