package io.loda.server.store;

import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import java.util.ArrayList;
import java.util.List;

/**
 * What a request with a key was answered. Immutable; two arrays are a third of what a list of
 * metrics takes.
 */
public final class KeptAnswer {

  private final String key;
  private final long atMillis;
  private final MetricId[] ids;
  private final long[] bits;

  /**
   * One answer.
   *
   * @param atMillis when the request came, since 1970
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
