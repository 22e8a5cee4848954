package io.loda.server.store;

import io.loda.server.metric.Metric;
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
  private final Map<String, KeptAnswer> answers = new LinkedHashMap<>();

  private final long maxBytes;
  private long bytes;
  private long forgotten;

  RequestKeys(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Returns what a request with this key was answered; null where it isn't known. */
  @Nullable List<Metric> find(String key, long nowMillis) {
    forgetOld(nowMillis);
    KeptAnswer answer = answers.get(key);
    return answer == null ? null : answer.metrics();
  }

  /** Adds it as the newest, in place of an older one with the same key. */
  void add(KeptAnswer answer) {
    remove(answer.key());
    answers.put(answer.key(), answer);
    bytes += cost(answer.key(), answer.size());
    Iterator<Map.Entry<String, KeptAnswer>> oldest = answers.entrySet().iterator();
    while (bytes > maxBytes && answers.size() > 1) {
      bytes -= cost(oldest.next());
      oldest.remove();
      forgotten++;
    }
  }

  void remove(String key) {
    KeptAnswer answer = answers.remove(key);
    if (answer != null) {
      bytes -= cost(key, answer.size());
    }
  }

  private void forgetOld(long nowMillis) {
    Iterator<Map.Entry<String, KeptAnswer>> oldest = answers.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<String, KeptAnswer> next = oldest.next();
      if (nowMillis - next.getValue().atMillis() < MetricStore.KEYS_KEPT.toMillis()) {
        return;
      }
      bytes -= cost(next);
      oldest.remove();
    }
  }

  private static long cost(Map.Entry<String, KeptAnswer> entry) {
    return cost(entry.getKey(), entry.getValue().size());
  }

  private static long cost(String key, int metrics) {
    return OVERHEAD_BYTES + key.length() + (long) METRIC_BYTES * metrics;
  }

  /** What is known, the oldest first. */
  List<KeptAnswer> all(long nowMillis) {
    forgetOld(nowMillis);
    return new ArrayList<>(answers.values());
  }

  /** How many were forgotten before their time. */
  long forgotten() {
    return forgotten;
  }
}
