package io.loda.server.store;

import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys of the last ten minutes' requests and what each was answered, so that a request that
 * comes again changes nothing. Bounded: where they don't fit, the oldest are forgotten before their
 * time, and counted. Not thread-safe.
 */
final class RequestKeys {

  /** What one takes beside its text and its numbers. */
  private static final int OVERHEAD_BYTES = 200;

  /** A reference to the metric's id, and 64 bits. */
  private static final int METRIC_BYTES = 16;

  /** The oldest first. */
  private final Map<String, Answer> answers = new LinkedHashMap<>();

  private final long maxBytes;
  private long bytes;
  private long forgotten;

  /** Two arrays are a third of what a list of metrics takes. */
  private record Answer(long atMillis, MetricId[] ids, long[] bits) {

    List<Metric> metrics() {
      List<Metric> metrics = new ArrayList<>(ids.length);
      for (int i = 0; i < ids.length; i++) {
        metrics.add(new Metric(ids[i], bits[i]));
      }
      return metrics;
    }
  }

  RequestKeys(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Returns what a request with this key was answered; null where it isn't known. */
  @Nullable List<Metric> find(String key, long nowMillis) {
    forgetOld(nowMillis);
    Answer answer = answers.get(key);
    return answer == null ? null : answer.metrics();
  }

  void add(String key, List<Metric> answer, long nowMillis) {
    MetricId[] ids = answer.stream().map(Metric::id).toArray(MetricId[]::new);
    long[] bits = answer.stream().mapToLong(Metric::bits).toArray();
    answers.put(key, new Answer(nowMillis, ids, bits));
    bytes += cost(key, ids.length);
    Iterator<Map.Entry<String, Answer>> oldest = answers.entrySet().iterator();
    while (bytes > maxBytes && answers.size() > 1) {
      bytes -= cost(oldest.next());
      oldest.remove();
      forgotten++;
    }
  }

  void remove(String key) {
    Answer answer = answers.remove(key);
    if (answer != null) {
      bytes -= cost(key, answer.ids.length);
    }
  }

  private void forgetOld(long nowMillis) {
    Iterator<Map.Entry<String, Answer>> oldest = answers.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<String, Answer> next = oldest.next();
      if (nowMillis - next.getValue().atMillis < MetricStore.KEYS_KEPT.toMillis()) {
        return;
      }
      bytes -= cost(next);
      oldest.remove();
    }
  }

  private static long cost(Map.Entry<String, Answer> entry) {
    return cost(entry.getKey(), entry.getValue().ids.length);
  }

  private static long cost(String key, int metrics) {
    return OVERHEAD_BYTES + key.length() + (long) METRIC_BYTES * metrics;
  }

  /** How many were forgotten before their time. */
  long forgotten() {
    return forgotten;
  }
}
