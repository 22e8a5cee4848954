package io.loda.server.store;

import io.loda.server.metric.Metric;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of the requests of the last ten minutes, with the answer to each, so that a repeated
 * request changes nothing. Bounded: if they don't fit, the oldest keys are dropped early, and
 * counted. Not thread-safe.
 */
final class RequestKeys {

  private static final Logger LOG = LoggerFactory.getLogger(RequestKeys.class);
  private static final long SAY_MILLIS = 60_000;

  /** The heap that one takes beside its text and its numbers. */
  private static final int OVERHEAD_BYTES = 200;

  /** A reference to the metric's id, and 64 bits. */
  private static final int METRIC_BYTES = 16;

  /** The oldest first. */
  private final Map<String, KeptAnswer> answers = new LinkedHashMap<>();

  private final long maxBytes;
  private long bytes;
  private long forgotten;
  private long said;
  private long saidMillis;

  RequestKeys(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Returns the answer to the request with this key; null if the key is unknown. */
  @Nullable List<Metric> find(String key, long nowMillis) {
    forgetOld(nowMillis);
    KeptAnswer answer = answers.get(key);
    return answer == null ? null : answer.metrics();
  }

  /** Adds an answer as the newest; replaces one with the same key. */
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
    sayForgotten(answer.atMillis());
  }

  /** At most once a minute. */
  private void sayForgotten(long nowMillis) {
    if (forgotten > said && (said == 0 || nowMillis - saidMillis >= SAY_MILLIS)) {
      LOG.warn(
          "store: keys of requests dropped before their ten minutes, {} so far: they don't fit into"
              + " memory; a request that is sent again after that counts twice",
          forgotten);
      said = forgotten;
      saidMillis = nowMillis;
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

  /** Returns all answers, the oldest first. */
  List<KeptAnswer> all(long nowMillis) {
    forgetOld(nowMillis);
    return new ArrayList<>(answers.values());
  }
}
