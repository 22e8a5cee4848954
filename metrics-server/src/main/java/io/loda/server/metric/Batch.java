package io.loda.server.metric;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one request brings: each metric once, in the order in which they came first. All of it is
 * stored, or nothing.
 *
 * @param changes at least one
 * @param key the request's own; one that was seen in the last ten minutes changes nothing. Null: it
 *     has none
 */
public record Batch(List<Metric> changes, @Nullable String key) {

  public Batch {
    changes = List.copyOf(changes);
  }

  /**
   * Puts together what came: of the same counter the sum, of the same gauge the last.
   *
   * @throws BadMetric when a sum has more than 64 bits
   */
  public static Batch of(List<Metric> metrics, @Nullable String key) {
    Map<MetricId, Metric> merged = new LinkedHashMap<>();
    for (Metric metric : metrics) {
      merged.merge(metric.id(), metric, (before, next) -> next.after(before));
    }
    return new Batch(new ArrayList<>(merged.values()), key);
  }
}
