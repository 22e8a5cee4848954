package io.loda.server.store.dump;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.loda.server.store.MetricStore;
import io.loda.server.store.StoreUnavailable;
import io.loda.server.store.StoredMetrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores metrics in memory, and in a file: at an interval, or before each answer. Thread-safe; one
 * thread of its own uses the disk.
 */
public final class DumpStore implements MetricStore {

  private static final Logger LOG = LoggerFactory.getLogger(DumpStore.class);

  /** A smaller journal never causes a new dump. */
  private static final long JOURNAL_FLOOR_BYTES = 4 << 20;

  /** The heap of a listed metric: the record, its time and a reference. */
  private static final int LISTED_BYTES = 64;

  private final DumpSettings settings;
  private final Names names;
  private final Clock clock;
  private final Executor disk;
  private final Saving.Timer timer;
  private final Disk.Opener opener;
  private final long journalFloor;

  /** Its lock also guards the changes that wait for the disk. */
  private final StoredMetrics metrics;

  private @Nullable Saving saving;
  private @Nullable Future<?> closed;
  private @Nullable Disk folder;

  /**
   * Makes a store that isn't open yet.
   *
   * @param disk a worker with one thread, for this store alone; the caller closes it after the
   *     store
   */
  public DumpStore(DumpSettings settings, Clock clock, Vertx vertx, WorkerExecutor disk) {
    this(
        settings,
        JOURNAL_FLOOR_BYTES,
        clock,
        task ->
            disk.executeBlocking(
                () -> {
                  task.run();
                  return null;
                },
                false),
        (delay, task) -> vertx.setTimer(Math.max(1, delay.toMillis()), id -> task.run()),
        () -> DumpFolder.take(settings.path(), clock));
  }

  DumpStore(
      DumpSettings settings,
      long journalFloor,
      Clock clock,
      Executor disk,
      Saving.Timer timer,
      Disk.Opener opener) {
    this.settings = settings;
    this.names = new Names(String.valueOf(settings.path().getFileName()));
    this.journalFloor = journalFloor;
    this.clock = clock;
    this.disk = disk;
    this.timer = timer;
    this.opener = opener;
    this.metrics = new StoredMetrics(settings.maxBytes(), settings.maxKeyBytes());
  }

  /** Fails if the file can't be used, or doesn't fit into memory; the message says what to do. */
  @Override
  public Future<?> open() {
    Promise<Void> opened = Promise.promise();
    disk.execute(
        () -> {
          try {
            start();
          } catch (IOException | RuntimeException e) {
            opened.fail(e);
            return;
          }
          opened.complete();
        });
    return opened.future();
  }

  private void start() throws IOException {
    Disk taken = opener.open();
    folder = taken;
    Restore.Begin begin;
    synchronized (metrics) {
      begin =
          settings.restore()
              ? new Restore(taken, names, metrics, clock.instant()).run()
              : putAside(taken);
    }
    DumpFile dump = new DumpFile(taken, names, begin.id(), begin.aside(), clock);
    Saving chosen =
        settings.interval().isZero()
            ? new JournalSaving(
                metrics,
                dump,
                names,
                begin,
                journalFloor,
                settings.maxWaitingBytes(),
                disk,
                timer,
                clock)
            : new IntervalSaving(metrics, dump, begin, settings.interval(), disk, timer, clock);
    chosen.start();
    synchronized (metrics) {
      saving = chosen;
    }
  }

  /** Puts the old files aside, as the first dump would replace them. */
  private Restore.Begin putAside(Disk taken) throws IOException {
    Instant now = clock.instant();
    for (String name : names.all()) {
      if (taken.has(name)) {
        LOG.warn(
            "dump: {} isn't restored, as it was asked for; it is kept as {}",
            name,
            Names.putAside(taken, name, Names.OLD, now));
      }
    }
    return Restore.Begin.empty();
  }

  @Override
  public Future<List<Metric>> update(Batch batch) {
    return guarded(
        open -> {
          Instant now = clock.instant();
          return open.changed(batch, now, metrics.apply(batch, now));
        });
  }

  @Override
  public Future<Optional<Metric>> find(MetricId id) {
    return read(() -> metrics.find(id), found -> 0);
  }

  @Override
  public Future<List<Listed>> list(@Nullable MetricId after, int limit) {
    return read(() -> metrics.list(after, limit), listed -> (long) LISTED_BYTES * listed.size());
  }

  private <T> Future<T> read(Supplier<T> read, ToLongFunction<T> bytes) {
    return guarded(open -> open.read(read, bytes));
  }

  @Override
  public Future<?> ping() {
    return guarded(Saving::ping);
  }

  private <T> Future<T> guarded(Function<Saving, Future<T>> call) {
    synchronized (metrics) {
      if (saving == null || closed != null) {
        return Future.failedFuture(new StoreUnavailable("the store isn't open", null));
      }
      try {
        return call.apply(saving);
      } catch (RuntimeException e) {
        return Future.failedFuture(e);
      }
    }
  }

  @Override
  public Future<?> close() {
    synchronized (metrics) {
      if (closed == null) {
        Future<?> saved = saving == null ? Future.succeededFuture() : saving.close();
        closed = saved.eventually(this::giveBack);
      }
      return closed;
    }
  }

  private Future<Void> giveBack() {
    Promise<Void> done = Promise.promise();
    disk.execute(
        () -> {
          try {
            if (folder != null) {
              folder.close();
            }
            done.complete();
          } catch (IOException e) {
            done.fail(e);
          }
        });
    return done.future();
  }
}
