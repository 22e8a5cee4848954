package io.loda.server.store;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Metrics in memory, sorted, with the keys of requests. Bounded: refuses a batch whose new names
 * don't fit. Not thread-safe: its owner locks it.
 */
public final class StoredMetrics {

  /** The heap of a metric beside its name: tree entry, id, metric, string. Measured, rounded up. */
  private static final int OVERHEAD_BYTES = 200;

  private final TreeMap<MetricId, Stored> metrics = new TreeMap<>();
  private final RequestKeys keys;
  private final long maxBytes;
  private long bytes;

  /** A metric with the time of its last change in ms since 1970. Immutable, so a copy is cheap. */
  public record Stored(Metric metric, long changedMillis) {}

  /**
   * The metrics and keys at one moment.
   *
   * @param metrics sorted
   * @param answers the oldest first
   */
  public record Copy(List<Stored> metrics, List<KeptAnswer> answers) {}

  /**
   * A batch that was applied.
   *
   * @param answer the new value of each of its metrics
   * @param repeated whether its key was known, so that it changed nothing
   * @param undo undoes the batch; later batches must be undone before it
   */
  public record Applied(List<Metric> answer, boolean repeated, Runnable undo) {}

  /**
   * Makes an empty set of metrics.
   *
   * @param maxBytes the heap that metrics may take
   * @param maxKeyBytes the heap that the keys of requests may take
   */
  public StoredMetrics(long maxBytes, long maxKeyBytes) {
    this.maxBytes = maxBytes;
    this.keys = new RequestKeys(maxKeyBytes);
  }

  /**
   * Applies a batch, all of it or nothing.
   *
   * @throws io.loda.server.metric.BadMetric when the sum of a counter doesn't fit into 64 bits
   * @throws StoreUnavailable when there is no room for new names
   */
  public Applied apply(Batch batch, Instant now) {
    String key = batch.key();
    if (key != null) {
      List<Metric> first = keys.find(key, now.toEpochMilli());
      if (first != null) {
        return new Applied(first, true, () -> {});
      }
    }
    return change(batch, now);
  }

  /** Applies a batch without looking up its key: a journal has only batches that were applied. */
  public Applied change(Batch batch, Instant now) {
    String key = batch.key();
    List<Metric> answer = new ArrayList<>(batch.changes().size());
    List<@Nullable Stored> before = new ArrayList<>(batch.changes().size());
    long more = 0;
    for (Metric change : batch.changes()) {
      Stored stored = metrics.get(change.id());
      before.add(stored);
      // reuse the stored name, so that the answers of a thousand requests share it
      answer.add(
          stored == null
              ? change
              : new Metric(stored.metric.id(), change.after(stored.metric).bits()));
      more += stored == null ? cost(change.id()) : 0;
    }
    requireRoom(more);
    bytes += more;
    answer.forEach(metric -> metrics.put(metric.id(), new Stored(metric, now.toEpochMilli())));
    if (key != null) {
      keys.add(new KeptAnswer(key, now.toEpochMilli(), answer));
    }
    return new Applied(answer, false, () -> undo(key, answer, before));
  }

  private void requireRoom(long more) {
    if (bytes + more > maxBytes) {
      throw new StoreUnavailable(
          "the store is full: "
              + metrics.size()
              + " metrics use all the memory for metrics; report fewer names, or start another server",
          null);
    }
  }

  /**
   * Restores a metric from a dump; replaces one that is there.
   *
   * @throws StoreUnavailable when there is no room for it
   */
  public void restore(Stored kept) {
    MetricId id = kept.metric().id();
    if (!metrics.containsKey(id)) {
      requireRoom(cost(id));
      bytes += cost(id);
    }
    metrics.put(id, kept);
  }

  /** Restores an answer from a dump. One that is too old goes with the next look for old ones. */
  public void restore(KeptAnswer kept) {
    // reuse the stored names, as apply does
    List<Metric> shared = kept.metrics().stream().map(this::shared).toList();
    keys.add(new KeptAnswer(kept.key(), kept.atMillis(), shared));
  }

  private Metric shared(Metric metric) {
    Stored stored = metrics.get(metric.id());
    return stored == null ? metric : new Metric(stored.metric().id(), metric.bits());
  }

  /** Copies all metrics and keys. Takes milliseconds, as it copies only references. */
  public Copy copy(Instant now) {
    return new Copy(new ArrayList<>(metrics.values()), keys.all(now.toEpochMilli()));
  }

  private void undo(@Nullable String key, List<Metric> answer, List<@Nullable Stored> before) {
    for (int i = 0; i < answer.size(); i++) {
      MetricId id = answer.get(i).id();
      Stored stored = before.get(i);
      if (stored == null) {
        metrics.remove(id);
        bytes -= cost(id);
      } else {
        metrics.put(id, stored);
      }
    }
    if (key != null) {
      keys.remove(key);
    }
  }

  private static long cost(MetricId id) {
    return OVERHEAD_BYTES + 2L * id.name().length();
  }

  public Optional<Metric> find(MetricId id) {
    return Optional.ofNullable(metrics.get(id)).map(Stored::metric);
  }

  public List<MetricStore.Listed> list(@Nullable MetricId after, int limit) {
    Collection<Stored> tail =
        after == null ? metrics.values() : metrics.tailMap(after, false).values();
    return tail.stream()
        .limit(limit)
        .map(s -> new MetricStore.Listed(s.metric, Instant.ofEpochMilli(s.changedMillis)))
        .toList();
  }

  public int size() {
    return metrics.size();
  }
}
