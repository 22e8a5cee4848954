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
 * Metrics in memory, sorted, with the keys of requests. Bounded: a batch whose new names don't fit
 * is refused. Not thread-safe: whoever has one guards it.
 */
public final class StoredMetrics {

  /**
   * What one takes beside its name: entry of the tree, id, metric, string. Measured, rounded up.
   */
  private static final int OVERHEAD_BYTES = 200;

  private final TreeMap<MetricId, Stored> metrics = new TreeMap<>();
  private final RequestKeys keys;
  private final long maxBytes;
  private long bytes;

  /** A metric, and when it was changed last, in ms since 1970. Immutable, so a copy is cheap. */
  public record Stored(Metric metric, long changedMillis) {}

  /**
   * All that there is at one moment.
   *
   * @param metrics sorted
   * @param answers the oldest first
   */
  public record Copy(List<Stored> metrics, List<KeptAnswer> answers) {}

  /**
   * A batch that was applied.
   *
   * @param answer each of its metrics as it is now
   * @param repeated whether its key was known, so that it changed nothing
   * @param undo takes it back; whatever was applied later must be taken back before
   */
  public record Applied(List<Metric> answer, boolean repeated, Runnable undo) {}

  /**
   * No metrics.
   *
   * @param maxBytes what metrics may take of the heap
   * @param maxKeyBytes what requests' keys may take of it
   */
  public StoredMetrics(long maxBytes, long maxKeyBytes) {
    this.maxBytes = maxBytes;
    this.keys = new RequestKeys(maxKeyBytes);
  }

  /**
   * Applies a batch, or nothing of it.
   *
   * @throws io.loda.server.metric.BadMetric when a counter's sum has more than 64 bits
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

  /** As {@link #apply}, for a batch that was applied once, whatever became of its key since. */
  public Applied change(Batch batch, Instant now) {
    String key = batch.key();
    List<Metric> answer = new ArrayList<>(batch.changes().size());
    List<@Nullable Stored> before = new ArrayList<>(batch.changes().size());
    long more = 0;
    for (Metric change : batch.changes()) {
      Stored stored = metrics.get(change.id());
      before.add(stored);
      // the name that is stored already: a thousand requests hold it once
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
              + " metrics take the memory that there is for them; give the server more memory, or"
              + " report fewer names",
          null);
    }
  }

  /**
   * Puts a metric there as it was kept, in place of one that is there.
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

  /** Adds an answer as it was kept; one whose time is over is forgotten by itself. */
  public void restore(KeptAnswer kept) {
    // by the names that are there: a thousand answers hold each once
    List<Metric> shared = kept.metrics().stream().map(this::shared).toList();
    keys.add(new KeptAnswer(kept.key(), kept.atMillis(), shared));
  }

  private Metric shared(Metric metric) {
    Stored stored = metrics.get(metric.id());
    return stored == null ? metric : new Metric(stored.metric().id(), metric.bits());
  }

  /** A copy of all that there is; a matter of milliseconds, as it copies references alone. */
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
