package io.loda.server.metric;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The changes of one request: each metric once, in order of first appearance. A store applies all
 * of them or none.
 *
 * @param changes at least one
 * @param key the request's {@code Idempotency-Key}; null: it has none. A batch whose key was seen
 *     in the last ten minutes changes nothing
 */
public record Batch(List<Metric> changes, @Nullable String key) {

  public Batch {
    changes = List.copyOf(changes);
  }

  /**
   * Merges the metrics of a request: sums the deltas of a counter, keeps the last value of a gauge.
   *
   * @throws BadMetric when a sum doesn't fit into 64 bits
   */
  public static Batch of(List<Metric> metrics, @Nullable String key) {
    Map<MetricId, Metric> merged = new LinkedHashMap<>();
    for (Metric metric : metrics) {
      merged.merge(metric.id(), metric, (before, next) -> next.after(before));
    }
    return new Batch(new ArrayList<>(merged.values()), key);
  }
}
