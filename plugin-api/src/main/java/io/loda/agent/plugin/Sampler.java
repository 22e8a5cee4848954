package io.loda.agent.plugin;

import java.util.List;

/**
 * One assigned measurement that is being taken.
 *
 * <p>The agent calls {@link #collect} and {@link #close} from a worker thread, never two of them at
 * once for one sampler, and not always from the same thread.
 */
public interface Sampler extends AutoCloseable {

  /**
   * Measures once. It has the interval of its assignment; then its thread is interrupted. One that
   * doesn't end at that is left behind, and not called again before the agent starts anew.
   *
   * @return what was measured; empty when there is nothing to say this time (a rate's first sample)
   * @throws Exception when the measurement failed; the message should say what, and what to do.
   *     Nothing else in the agent is disturbed
   */
  List<Metric> collect() throws Exception;

  /** Gives back what {@link MetricPlugin#open} took. Called once, after the last collect. */
  @Override
  default void close() {}
}
