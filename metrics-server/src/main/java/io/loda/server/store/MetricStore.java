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
 * Where metrics are kept. Calls may come from any thread, and none of them blocks. A future fails
 * with {@link io.loda.server.metric.BadMetric} where the request is wrong, and with {@link
 * StoreUnavailable} where it may succeed later; nothing is changed then.
 */
public interface MetricStore {

  /** How long a request's key is known. */
  Duration KEYS_KEPT = Duration.ofMinutes(10);

  /**
   * A metric with the time of its last change.
   *
   * @param changed as this host's clock, or the database's, has it
   */
  record Listed(Metric metric, Instant changed) {}

  /** Opens it. A database that isn't there yet doesn't fail this: calls fail until it is. */
  Future<?> open();

  /**
   * Stores a batch, all of it or nothing, also for those who read meanwhile. When the future
   * succeeds it is kept as well as this store keeps anything.
   *
   * @return each metric of the batch as it is now, in the batch's order; for a key that is known
   *     what the first request with it got
   */
  Future<List<Metric>> update(Batch batch);

  /** Returns a metric as it is now; empty where there is none. */
  Future<Optional<Metric>> find(MetricId id);

  /**
   * Lists metrics by name, gauges before counters.
   *
   * @param after the one before the first; null: from the beginning
   * @param limit so many at most
   */
  Future<List<Listed>> list(@Nullable MetricId after, int limit);

  /** Succeeds when the store answers. */
  Future<?> ping();

  /** Brings to rest what isn't yet, and closes it. Bounded; what is asked later fails. */
  Future<?> close();
}
