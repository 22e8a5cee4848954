package io.loda.server.store;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stores metrics. Any thread may call it, and no call blocks. A future fails with {@link
 * io.loda.server.metric.BadMetric} if the request is wrong, and with {@link StoreUnavailable} if it
 * may succeed later.
 */
public interface MetricStore {

  /** How long the key of a request is remembered. */
  Duration KEYS_KEPT = Duration.ofMinutes(10);

  /**
   * A metric with the time of its last change.
   *
   * @param changed by the clock of this host, or of the database
   */
  record Listed(Metric metric, Instant changed) {}

  /**
   * Opens the store. Succeeds even if a database is unreachable; calls fail until it is reached.
   */
  Future<?> open();

  /**
   * Stores a batch: all of it or nothing, and readers never see a part of it. When the future
   * succeeds, the batch is as durable as this store makes it.
   *
   * @return the new value of each metric, in the order of the batch; if the key is known, the
   *     answer of the first request with this key
   */
  Future<List<Metric>> update(Batch batch);

  /** Returns the current value of a metric; empty if there is none. */
  Future<Optional<Metric>> find(MetricId id);

  /**
   * Lists metrics by name; a gauge comes before the counter with its name.
   *
   * @param after the list begins after this one; null: from the beginning
   * @param limit the most to return
   */
  Future<List<Listed>> list(@Nullable MetricId after, int limit);

  /** Succeeds when the store answers. */
  Future<?> ping();

  /**
   * Makes the stored metrics durable and closes the store, within a bounded time. Later calls fail.
   */
  Future<?> close();
}
