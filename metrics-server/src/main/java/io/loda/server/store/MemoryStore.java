package io.loda.server.store;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Keeps metrics in memory only; a restart loses them. Thread-safe. */
public final class MemoryStore implements MetricStore {

  private final StoredMetrics metrics;
  private final Clock clock;

  /**
   * Makes an empty store.
   *
   * @param maxBytes the heap that metrics may take
   * @param maxKeyBytes the heap that the keys of requests may take
   */
  public MemoryStore(long maxBytes, long maxKeyBytes, Clock clock) {
    this.metrics = new StoredMetrics(maxBytes, maxKeyBytes);
    this.clock = clock;
  }

  @Override
  public Future<?> open() {
    return Future.succeededFuture();
  }

  @Override
  public Future<List<Metric>> update(Batch batch) {
    return guarded(() -> metrics.apply(batch, clock.instant()).answer());
  }

  @Override
  public Future<Optional<Metric>> find(MetricId id) {
    return guarded(() -> metrics.find(id));
  }

  @Override
  public Future<List<Listed>> list(@Nullable MetricId after, int limit) {
    return guarded(() -> metrics.list(after, limit));
  }

  private <T> Future<T> guarded(Supplier<T> call) {
    synchronized (metrics) {
      try {
        return Future.succeededFuture(call.get());
      } catch (RuntimeException e) {
        return Future.failedFuture(e);
      }
    }
  }

  @Override
  public Future<?> ping() {
    return Future.succeededFuture();
  }

  @Override
  public Future<?> close() {
    return Future.succeededFuture();
  }
}
