package io.loda.server.store.dump;

import io.loda.common.files.FileReason;
import io.loda.common.time.Backoff;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.store.StoreUnavailable;
import io.loda.server.store.StoredMetrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a dump at an interval if anything has changed, and at the close. A kill loses the changes
 * since the last dump. If the disk fails, requests still succeed, and the write is retried.
 */
final class IntervalSaving implements Saving {

  private static final Logger LOG = LoggerFactory.getLogger(IntervalSaving.class);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(5);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(1);

  private final StoredMetrics metrics;
  private final DumpFile dump;
  private final Restore.Begin begin;
  private final Duration interval;
  private final Executor disk;
  private final Timer timer;
  private final Clock clock;
  private boolean changed;
  private boolean closed;
  private Backoff backoff;

  /** Why the last dump failed; null: it didn't. */
  private volatile @Nullable String failure;

  IntervalSaving(
      StoredMetrics metrics,
      DumpFile dump,
      Restore.Begin begin,
      Duration interval,
      Executor disk,
      Timer timer,
      Clock clock) {
    this.metrics = metrics;
    this.dump = dump;
    this.begin = begin;
    this.interval = interval;
    this.disk = disk;
    this.timer = timer;
    this.clock = clock;
    Duration first = interval.compareTo(FIRST_RETRY) < 0 ? interval : FIRST_RETRY;
    this.backoff = Backoff.of(first, LONGEST_RETRY);
  }

  @Override
  public void start() {
    if (!begin.aside().isEmpty()) {
      writeAndGoOn();
      return;
    }
    synchronized (metrics) {
      // the dump doesn't contain the changes of the journals yet
      changed = !begin.sound() && metrics.size() > 0;
    }
    timer.after(interval, this::due);
  }

  private void due() {
    synchronized (metrics) {
      if (closed) {
        return;
      }
      if (changed) {
        disk.execute(this::writeAndGoOn);
        return;
      }
    }
    timer.after(interval, this::due);
  }

  private void writeAndGoOn() {
    String failure = write();
    if (failure == null) {
      timer.after(interval, this::due);
      return;
    }
    Duration pause = backoff.pause();
    backoff = backoff.longer();
    LOG.warn("dump: write failed, {}, retrying in {} s", failure, pause.toSeconds());
    timer.after(pause, this::due);
  }

  /** Writes a dump; returns why it failed, or null. */
  private @Nullable String write() {
    StoredMetrics.Copy copy;
    synchronized (metrics) {
      copy = metrics.copy(clock.instant());
      changed = false;
    }
    try {
      dump.write(copy, begin.changes());
    } catch (IOException | RuntimeException e) {
      synchronized (metrics) {
        changed = true;
      }
      failure = FileReason.of(e);
      return failure;
    }
    dump.deleteJournals();
    backoff = backoff.anew();
    if (failure != null) {
      LOG.info("dump: written again");
      failure = null;
    }
    return null;
  }

  @Override
  public Future<List<Metric>> changed(Batch batch, Instant at, StoredMetrics.Applied applied) {
    changed |= !applied.repeated();
    return Future.succeededFuture(applied.answer());
  }

  @Override
  public <T> Future<T> read(Supplier<T> read, ToLongFunction<T> bytes) {
    return Future.succeededFuture(read.get());
  }

  @Override
  public Future<?> ping() {
    String why = failure;
    return why == null
        ? Future.succeededFuture()
        : Future.failedFuture(
            new StoreUnavailable(
                "dump: write failed, " + why + "; changes are in memory only, retrying", null));
  }

  @Override
  public Future<?> close() {
    closed = true;
    Promise<Void> written = Promise.promise();
    disk.execute(
        () -> {
          boolean needed;
          synchronized (metrics) {
            needed = changed;
          }
          String failure = needed ? write() : null;
          if (failure == null) {
            written.complete();
          } else {
            written.fail(
                new StoreUnavailable(
                    "dump: write failed at the end, what changed since the last one is dropped: "
                        + failure,
                    null));
          }
        });
    return written.future();
  }
}
