package io.loda.server.store.dump;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.store.MetricStore;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/** A store on a disk in memory, whose disk's thread and timers go on when a test wants them to. */
final class SteppedStore {

  static final int WAITING_BYTES = 1 << 20;
  static final String DUMP = "metrics.json";
  static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final List<Runnable> timers = new ArrayList<>();
  private final DumpStore store;

  SteppedStore(SimulatedDisk disk, Duration interval, boolean restore, long journalFloor) {
    store =
        new DumpStore(
            new DumpSettings(
                Path.of("/nowhere", DUMP), interval, restore, 64 << 20, 64 << 20, WAITING_BYTES),
            journalFloor,
            CLOCK,
            tasks::add,
            (delay, task) -> timers.add(task),
            () -> disk);
  }

  /** Opens one that restores. */
  static SteppedStore open(SimulatedDisk disk, Duration interval) {
    SteppedStore stepped = new SteppedStore(disk, interval, true, 4 << 20);
    stepped.open();
    return stepped;
  }

  void open() {
    get(store.open());
  }

  DumpStore store() {
    return store;
  }

  List<Metric> update(Metric... metrics) {
    return get(store.update(Batch.of(List.of(metrics), null)));
  }

  List<Metric> all() {
    return get(store.list(null, Integer.MAX_VALUE)).stream()
        .map(MetricStore.Listed::metric)
        .toList();
  }

  void close() {
    get(store.close());
  }

  /** The disk's thread does one thing; false: there is nothing to do. */
  boolean step() {
    Runnable task = tasks.poll();
    if (task == null) {
      return false;
    }
    task.run();
    return true;
  }

  void steps() {
    while (step()) {
      // and what follows from it
    }
  }

  /** One of the timers goes off. */
  void tick(Random random) {
    if (!timers.isEmpty()) {
      timers.remove(random.nextInt(timers.size())).run();
    }
  }

  /** All timers that there are now go off. */
  void tick() {
    List<Runnable> now = List.copyOf(timers);
    timers.clear();
    now.forEach(Runnable::run);
  }

  /** What it comes to once the disk's thread has nothing to do. */
  <T> T get(Future<T> future) {
    steps();
    if (future.failed()) {
      throw new AssertionError(future.cause());
    }
    return future.result();
  }
}
