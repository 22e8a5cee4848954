package io.loda.server.store;

import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer to a request that had an {@code Idempotency-Key}. Immutable. Two arrays take a third
 * of the memory of a list of metrics.
 */
public final class KeptAnswer {

  private final String key;
  private final long atMillis;
  private final MetricId[] ids;
  private final long[] bits;

  /**
   * Makes an answer.
   *
   * @param atMillis the time of the request, in ms since 1970
   */
  public KeptAnswer(String key, long atMillis, List<Metric> metrics) {
    this.key = key;
    this.atMillis = atMillis;
    this.ids = metrics.stream().map(Metric::id).toArray(MetricId[]::new);
    this.bits = metrics.stream().mapToLong(Metric::bits).toArray();
  }

  public String key() {
    return key;
  }

  public long atMillis() {
    return atMillis;
  }

  public List<Metric> metrics() {
    List<Metric> metrics = new ArrayList<>(ids.length);
    for (int i = 0; i < ids.length; i++) {
      metrics.add(new Metric(ids[i], bits[i]));
    }
    return metrics;
  }

  int size() {
    return ids.length;
  }
}
