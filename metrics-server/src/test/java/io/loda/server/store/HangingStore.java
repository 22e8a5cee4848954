package io.loda.server.store;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A store whose updates wait.
 *
 * @param until they begin when it succeeds
 */
public record HangingStore(MetricStore other, Future<?> until) implements MetricStore {

  /** One whose updates never end. */
  public HangingStore(MetricStore other) {
    this(other, Promise.promise().future());
  }

  @Override
  public Future<?> open() {
    return other.open();
  }

  @Override
  public Future<List<Metric>> update(Batch batch) {
    return until.compose(unused -> other.update(batch));
  }

  @Override
  public Future<Optional<Metric>> find(MetricId id) {
    return other.find(id);
  }

  @Override
  public Future<List<Listed>> list(@Nullable MetricId after, int limit) {
    return other.list(after, limit);
  }

  @Override
  public Future<?> ping() {
    return other.ping();
  }

  @Override
  public Future<?> close() {
    return other.close();
  }
}
