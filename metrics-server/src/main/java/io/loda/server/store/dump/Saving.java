package io.loda.server.store.dump;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.store.StoredMetrics;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Writes changes to the disk, at a time of its choice. The caller of all methods but {@link #start}
 * holds the lock of the store's metrics.
 */
interface Saving {

  /** Runs an action later, on any thread. */
  interface Timer {
    void after(Duration delay, Runnable task);
  }

  /** Starts. On the disk's thread. */
  void start();

  /**
   * Saves a change that was just applied.
   *
   * @return the answer, as soon as the change is as durable as this implementation makes it
   * @throws io.loda.server.store.StoreUnavailable when too much waits for the disk; the change is
   *     undone then
   */
  Future<List<Metric>> changed(Batch batch, Instant at, StoredMetrics.Applied applied);

  /**
   * Returns the result of a read, as soon as none of it can be undone any more.
   *
   * @param bytes the heap that the result takes meanwhile
   * @throws io.loda.server.store.StoreUnavailable when too much waits for the disk
   */
  <T> Future<T> read(Supplier<T> read, ToLongFunction<T> bytes);

  /** Succeeds if a change would succeed. */
  Future<?> ping();

  /** Writes the remaining changes, and ends. */
  Future<?> close();
}
