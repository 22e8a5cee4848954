package io.loda.server.store.dump;

import io.loda.common.files.FileReason;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.store.StoreUnavailable;
import io.loda.server.store.StoredMetrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes each change to a journal before anybody sees it: the answer and later reads wait for the
 * disk. Changes gather while the disk's thread writes those before them:
 *
 * <pre>
 *   changed ──→ waiting ──→ group: append, fsync ──→ answered
 *   read ────────┘             └─ failed: journal truncated; group and waiting undone, refused
 *
 *   between two groups, once the journal is large: one part of the next dump
 * </pre>
 *
 * <p>Without a sound journal, a whole dump is written for a group instead.
 */
final class JournalSaving implements Saving {

  private static final Logger LOG = LoggerFactory.getLogger(JournalSaving.class);

  /** The heap of a waiting change, and of each of its metrics beside its name. */
  private static final int WAITING_BYTES = 500;

  private static final int CHANGE_BYTES = 150;

  private final StoredMetrics metrics;
  private final JournalledDump files;
  private final Restore.Begin begin;
  private final long maxWaitingBytes;
  private final Executor disk;
  private final Clock clock;

  // guarded by the metrics' lock
  private List<Waiting> waiting = new ArrayList<>();
  private long bytesWaiting;
  private boolean groupInWork;
  private boolean busy;
  private long number;
  private @Nullable String failure;
  private @Nullable Promise<Void> closing;

  // only on the disk's thread; {@code busy} hands it from one task to the next
  private long refused;

  /**
   * A request that waits for the disk.
   *
   * @param number the number of its change; 0: it only waits for the changes before it
   * @param batch null: it has nothing to write
   * @param bytes the heap that it takes
   * @param undo undoes it in memory
   * @param done answers it
   * @param failed returns what to do after it was undone; called under the lock, run without
   */
  private record Waiting(
      long number,
      @Nullable Batch batch,
      long bytes,
      Instant at,
      Runnable undo,
      Runnable done,
      Function<StoreUnavailable, Runnable> failed) {}

  JournalSaving(
      StoredMetrics metrics,
      DumpFile dump,
      Names names,
      Restore.Begin begin,
      long journalFloor,
      long maxWaitingBytes,
      Executor disk,
      Timer timer,
      Clock clock) {
    this.metrics = metrics;
    this.files = new JournalledDump(dump, names, journalFloor, timer, this::failing);
    this.begin = begin;
    this.maxWaitingBytes = maxWaitingBytes;
    this.disk = disk;
    this.clock = clock;
    this.number = begin.changes();
  }

  @Override
  public void start() {
    if (begin.sound() && files.beginJournal(begin.changes())) {
      return;
    }
    try {
      files.writeDump(copy(), begin.changes());
    } catch (IOException | RuntimeException e) {
      failing(e);
    }
  }

  private StoredMetrics.Copy copy() {
    synchronized (metrics) {
      return metrics.copy(clock.instant());
    }
  }

  @Override
  public Future<List<Metric>> changed(Batch batch, Instant at, StoredMetrics.Applied applied) {
    if (applied.repeated()) {
      // the first request with this key may not be on the disk yet
      return read(applied::answer, answer -> 0, false);
    }
    long bytes = WAITING_BYTES;
    for (Metric change : batch.changes()) {
      bytes += CHANGE_BYTES + 2L * change.id().name().length();
    }
    try {
      requireRoom(bytes);
    } catch (StoreUnavailable e) {
      applied.undo().run();
      throw e;
    }
    Promise<List<Metric>> answer = Promise.promise();
    add(
        new Waiting(
            ++number,
            batch,
            bytes,
            at,
            applied.undo(),
            () -> answer.complete(applied.answer()),
            e -> () -> answer.fail(e)));
    return answer.future();
  }

  /**
   * Refuses a change if too much waits. One may always wait: its size was bounded when it was read.
   */
  private void requireRoom(long bytes) {
    if (bytesWaiting > 0 && bytesWaiting + bytes > maxWaitingBytes) {
      throw new StoreUnavailable("the disk is too slow: too much waits for it", null);
    }
  }

  @Override
  public <T> Future<T> read(Supplier<T> read, ToLongFunction<T> bytes) {
    return read(read, bytes, true);
  }

  private <T> Future<T> read(Supplier<T> read, ToLongFunction<T> bytes, boolean again) {
    T value = read.get();
    if (waiting.isEmpty() && !groupInWork) {
      return Future.succeededFuture(value);
    }
    long taken = WAITING_BYTES + bytes.applyAsLong(value);
    requireRoom(taken);
    Promise<T> answer = Promise.promise();
    add(
        new Waiting(
            0,
            null,
            taken,
            Instant.EPOCH,
            () -> {},
            () -> answer.complete(value),
            e -> {
              if (!again) {
                return () -> answer.fail(e);
              }
              // everything that wasn't on the disk was undone
              T before = read.get();
              return () -> answer.complete(before);
            }));
    return answer.future();
  }

  /** After a failure writes an empty change, to test whether the disk works again. */
  @Override
  public Future<?> ping() {
    if (failure == null) {
      return Future.succeededFuture();
    }
    Promise<Void> answer = Promise.promise();
    add(
        new Waiting(
            ++number,
            null,
            WAITING_BYTES,
            clock.instant(),
            () -> {},
            answer::complete,
            e -> () -> answer.fail(e)));
    return answer.future();
  }

  @Override
  public Future<?> close() {
    Promise<Void> closed = Promise.promise();
    closing = closed;
    work();
    return closed.future();
  }

  private void add(Waiting one) {
    waiting.add(one);
    bytesWaiting += one.bytes;
    work();
  }

  private void work() {
    if (!busy) {
      busy = true;
      disk.execute(this::step);
    }
  }

  private void step() {
    List<Waiting> group;
    StoredMetrics.Copy copy;
    long upTo;
    synchronized (metrics) {
      group = waiting;
      waiting = new ArrayList<>();
      groupInWork = !group.isEmpty();
      upTo = number;
      copy = files.needsCopy(groupInWork) ? metrics.copy(clock.instant()) : null;
    }
    try {
      if (!group.isEmpty()) {
        keep(group, copy, upTo);
        done(group);
      }
      if (copy != null) {
        files.beginDumpIfDue(copy, upTo);
      }
    } catch (IOException | RuntimeException e) {
      takeBack(group, e);
    }
    boolean more = files.goOnWithDump();
    Promise<Void> closed;
    synchronized (metrics) {
      if (more || !waiting.isEmpty()) {
        disk.execute(this::step);
        return;
      }
      busy = false;
      closed = closing;
    }
    if (closed != null) {
      files.end(copy(), number);
      closed.complete();
    }
  }

  private void keep(List<Waiting> group, StoredMetrics.@Nullable Copy copy, long upTo)
      throws IOException {
    Journal journal = files.journal();
    if (journal == null) {
      if (copy == null) {
        throw new IOException(failure);
      }
      files.writeDump(copy, upTo);
      return;
    }
    boolean any = false;
    for (Waiting one : group) {
      if (one.number > 0) {
        journal.add(one.number, one.batch, one.at);
        any = true;
      }
    }
    if (any) {
      journal.force();
    }
  }

  private void done(List<Waiting> group) {
    synchronized (metrics) {
      groupInWork = false;
      bytesWaiting -= group.stream().mapToLong(Waiting::bytes).sum();
      if (failure != null && group.stream().anyMatch(one -> one.number > 0)) {
        failure = null;
        LOG.info("dump: written again; {} requests were refused meanwhile", refused);
        refused = 0;
      }
    }
    group.forEach(one -> one.done.run());
  }

  private void takeBack(List<Waiting> group, Exception e) {
    files.cutBack(e);
    failing(e);
    StoreUnavailable refusal =
        new StoreUnavailable("dump: write failed, " + FileReason.of(e) + "; send it again", e);
    List<Runnable> outcomes = new ArrayList<>();
    synchronized (metrics) {
      List<Waiting> all = new ArrayList<>(group);
      all.addAll(waiting);
      waiting = new ArrayList<>();
      groupInWork = false;
      bytesWaiting = 0;
      for (int i = all.size() - 1; i >= 0; i--) {
        all.get(i).undo.run();
      }
      Journal journal = files.journal();
      if (journal != null) {
        number = journal.last();
      }
      all.forEach(one -> outcomes.add(one.failed.apply(refusal)));
      refused += outcomes.size();
    }
    outcomes.forEach(Runnable::run);
  }

  private void failing(Exception e) {
    synchronized (metrics) {
      if (failure == null) {
        LOG.warn(
            "dump: write failed, {}; changes are refused until one succeeds, retrying with each",
            FileReason.of(e),
            e instanceof IOException ? null : e);
      }
      failure = FileReason.of(e);
    }
  }
}
