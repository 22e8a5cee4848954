package io.loda.server.store.postgres;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.loda.server.store.MetricStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stores metrics in PostgreSQL 12 or later. An update is answered after its commit. The store
 * begins to connect when it is opened, and creates its tables once it is connected.
 */
public final class PostgresStore implements MetricStore {

  /** One thread a connection, so that no thread waits for a connection. */
  private static final int CONNECTIONS = 8;

  private static final Duration AGAIN = Duration.ofSeconds(2);
  private static final Duration FORGET = Duration.ofSeconds(10);

  /** The time-out of each of the two steps of a close. */
  private static final Duration CLOSE = Duration.ofMillis(1_500);

  private final Vertx vertx;
  private final DatabaseDsn dsn;
  private final Duration time;
  private volatile @Nullable Calls calls;
  private volatile long timer;
  private volatile boolean closed;

  /**
   * Makes a store without connecting.
   *
   * @param time the time-out of a call, including its retries
   */
  public PostgresStore(Vertx vertx, DatabaseDsn dsn, Duration time) {
    this.vertx = vertx;
    this.dsn = dsn;
    this.time = time;
  }

  @Override
  public Future<?> open() {
    calls = new Calls(vertx, new Database(dsn, time, CONNECTIONS), time, CONNECTIONS);
    connect();
    return Future.succeededFuture();
  }

  /** Retries until the first connection. After later outages the next call connects. */
  private void connect() {
    calls()
        .runOnce(Reads.ping())
        .onSuccess(unused -> timer = vertx.setPeriodic(FORGET.toMillis(), id -> forgetKeys()))
        .onFailure(
            unused -> {
              if (!closed) {
                timer = vertx.setTimer(AGAIN.toMillis(), id -> connect());
              }
            });
  }

  private void forgetKeys() {
    // where it fails it has been said, and the next one deletes these, too
    calls().runOnce(Reads.forgetKeys());
  }

  private Calls calls() {
    Calls open = calls;
    if (open == null) {
      throw new IllegalStateException("the store isn't open");
    }
    return open;
  }

  @Override
  public Future<List<Metric>> update(Batch batch) {
    return calls().run(new Update(batch));
  }

  @Override
  public Future<Optional<Metric>> find(MetricId id) {
    return calls().run(Reads.find(id));
  }

  @Override
  public Future<List<Listed>> list(@Nullable MetricId after, int limit) {
    return calls().run(Reads.list(after, limit));
  }

  @Override
  public Future<?> ping() {
    return calls().runOnce(Reads.ping());
  }

  @Override
  public Future<?> close() {
    Calls open = calls;
    if (open == null) {
      return Future.succeededFuture();
    }
    closed = true;
    vertx.cancelTimer(timer);
    return open.close(CLOSE);
  }
}
