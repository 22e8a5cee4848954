package io.loda.agent.source;

import io.loda.agent.plugin.Metric;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Metrics for one destination.
 *
 * @param namespace null: every namespace of the host
 * @param prefix is put before each metric's name; may be empty
 */
public record Batch(@Nullable String namespace, String prefix, List<Metric> metrics) {

  public Batch {
    metrics = List.copyOf(metrics);
  }
}
