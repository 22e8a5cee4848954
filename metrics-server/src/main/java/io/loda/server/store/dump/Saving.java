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
 * When changes get to the disk. All but {@link #start} is called while the store's metrics are
 * locked.
 */
interface Saving {

  /** Runs something later, on any thread. */
  interface Timer {
    void after(Duration delay, Runnable task);
  }

  /** Begins; on the disk's thread. */
  void start();

  /**
   * Takes what was just applied.
   *
   * @return the answer, once it is as safe as this way makes it
   * @throws io.loda.server.store.StoreUnavailable when too much waits for the disk; it was taken
   *     back then
   */
  Future<List<Metric>> changed(Batch batch, Instant at, StoredMetrics.Applied applied);

  /**
   * Returns what is read, once nothing of it can be taken back.
   *
   * @param bytes what it takes of the heap meanwhile
   * @throws io.loda.server.store.StoreUnavailable when too much waits for the disk
   */
  <T> Future<T> read(Supplier<T> read, ToLongFunction<T> bytes);

  /** Succeeds when changes would be taken. */
  Future<?> ping();

  /** Writes what isn't on disk, and ends. */
  Future<?> close();
}
