package io.loda.agent.delivery.queue;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.Spool;
import io.loda.agent.delivery.spool.SpoolFolder;
import io.loda.common.logging.Plural;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The disk side of a queue: writes, reads and deletes its messages in the spool. The worker runs
 * one {@link #step} at a time, outside the queue's lock, which is {@link QueueMemory}'s. All other
 * methods return at once, on any thread.
 */
final class QueueDisk {

  private static final Logger LOG = LoggerFactory.getLogger(QueueDisk.class);

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /**
   * The cursor is written at least after this many messages: those since then are sent twice after
   * a kill.
   */
  private static final int CURSOR_MESSAGES = 256;

  private static final long CURSOR_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final String output;
  private final AgentConfig.Delivery config;
  private final Spool spool;
  private final Executor worker;
  private final WorkerTask work;
  private final QueueMemory memory;
  private final DiskState state;
  private final LongSupplier nanoTime;
  private final boolean sync;

  private @Nullable Promise<Void> nextStored;
  private boolean flushing;
  private volatile Runnable ready = () -> {};
  private volatile Runnable gather = () -> {};
  private int unsaved;
  private volatile long savedNanos;

  /** When the cursor was last written after a batch; {@code written}: whether it ever was. */
  private long writtenNanos;

  private boolean written;

  private volatile long nextTidyNanos;

  /** Doesn't open the spool. */
  QueueDisk(
      String output,
      AgentConfig.Delivery config,
      Spool spool,
      Executor worker,
      QueueMemory memory,
      LongSupplier nanoTime) {
    this.output = output;
    this.config = config;
    this.spool = spool;
    this.worker = worker;
    this.work = new WorkerTask(worker, this::step);
    this.memory = memory;
    this.state = new DiskState(output, config.memoryBytes());
    this.nanoTime = nanoTime;
    this.sync = config.durability().equals("sync");
    this.savedNanos = nanoTime.getAsLong();
    this.nextTidyNanos = nanoTime.getAsLong() + SECOND;
  }

  void gatherBy(Runnable toGather) {
    gather = toGather;
  }

  DiskState state() {
    return state;
  }

  /** Opens the spool; fails only if another process has it. */
  Future<Void> start(Runnable toldReady) {
    ready = toldReady;
    Promise<Void> started = Promise.promise();
    worker.execute(
        () -> {
          try {
            open();
          } catch (SpoolFolder.InUseException e) {
            started.fail(e);
            return;
          } catch (IOException e) {
            state.failed(e);
          }
          look();
          long points = state.known().points();
          if (points > 0) {
            LOG.info(
                "output {}: {} on disk from an earlier run, sending them",
                output,
                Plural.of(points, "point"));
          }
          started.complete();
          work.run();
        });
    return started.future();
  }

  /** Notes added messages: writes when a whole batch waits. */
  void added() {
    runIf(() -> memory.hasBatch() && !state.fails());
  }

  /** Notes a taken message: reads more when memory has few. */
  void taken() {
    runIf(memory::isLow);
  }

  /** Notes a done message: writes the cursor when that is due. */
  void done() {
    runIf(() -> memory.doneCount() >= CURSOR_MESSAGES || (memory.doneCount() > 0 && isCursorOld()));
  }

  void tick() {
    runIf(() -> memory.doneCount() > 0 || isDue() || isTidyDue());
  }

  private void runIf(BooleanSupplier due) {
    boolean wanted;
    synchronized (memory) {
      wanted = due.getAsBoolean();
    }
    if (wanted) {
      work.run();
    }
  }

  /** Returns whether memory and disk have room for {@code bytes} that may not be dropped. */
  boolean hasRoom(long bytes) {
    synchronized (memory) {
      boolean fails = state.fails();
      if (!memory.hasRoom(bytes, !fails)) {
        return false;
      }
      if (fails) {
        return !sync;
      }
      DiskState.Known known = state.known();
      return known.bytes() - known.droppableBytes() + memory.owedBytes() + bytes <= mostBytes();
    }
  }

  /**
   * Returns the most bytes that promised messages may take on disk. One segment stays free for
   * scheduled points, which may be deleted from disk to make room.
   */
  long mostBytes() {
    return config.diskBytes() - Spool.segmentBytes(config);
  }

  Future<Void> stored() {
    return sync ? nextStored() : Future.succeededFuture();
  }

  Future<Void> flush() {
    synchronized (memory) {
      flushing = true;
    }
    return nextStored();
  }

  private Future<Void> nextStored() {
    Future<Void> stored;
    synchronized (memory) {
      if (work.isClosed()) {
        return Future.failedFuture("output " + output + " is closed");
      }
      if (nextStored == null) {
        nextStored = Promise.promise();
      }
      stored = nextStored.future();
    }
    work.run();
    return stored;
  }

  /** Returns whether a write is due without a {@link #stored} waiting for it. */
  private boolean isDue() {
    synchronized (memory) {
      QueuedMessage oldest = memory.oldestUnwritten();
      if (oldest == null) {
        return false;
      }
      long due = config.maxDelay().toNanos() / 4 * 3;
      return sync
          || flushing
          || memory.hasBatch()
          || nanoTime.getAsLong() - oldest.sinceNanos() >= due;
    }
  }

  private boolean isCursorOld() {
    return nanoTime.getAsLong() - savedNanos >= CURSOR_NANOS;
  }

  private boolean isTidyDue() {
    return nanoTime.getAsLong() - nextTidyNanos >= 0;
  }

  private void step() {
    Promise<Void> stored;
    synchronized (memory) {
      stored = nextStored;
      nextStored = null;
    }
    try {
      step(stored);
    } catch (RuntimeException | Error e) {
      if (stored != null) {
        stored.tryFail(e);
      }
      throw e;
    }
  }

  private void step(@Nullable Promise<Void> stored) {
    if (stored != null) {
      gather.run();
    }
    saveDone();
    IOException failure = null;
    try {
      open();
      write(stored != null);
    } catch (IOException e) {
      failure = e;
      state.failed(e);
    }
    // also when writes fail: deleting done messages frees a full disk
    tidy(!isDue());
    if (spool.hasLostFiles()) {
      synchronized (memory) {
        memory.saveLost();
      }
      work.run();
    }
    boolean tell = refill();
    look();
    if (stored != null) {
      if (failure == null) {
        stored.complete();
      } else {
        stored.fail(failure);
      }
    }
    if (tell || isStopping()) {
      ready.run();
    }
  }

  private boolean isStopping() {
    synchronized (memory) {
      return flushing;
    }
  }

  private void open() throws IOException {
    if (!spool.isOpen()) {
      spool.open();
    }
  }

  /**
   * Tells the spool which messages are done. Writes the cursor, not forced, after {@link
   * #CURSOR_MESSAGES} of them or {@link #CURSOR_NANOS}, whichever comes first.
   */
  private void saveDone() {
    List<QueuedMessage.Place> places;
    synchronized (memory) {
      places = memory.takeDone();
    }
    places.forEach(spool::done);
    unsaved += places.size();
    if (unsaved >= CURSOR_MESSAGES || (unsaved > 0 && isCursorOld())) {
      unsaved = 0;
      savedNanos = nanoTime.getAsLong();
      saveCursor();
    }
  }

  private void saveCursor() {
    try {
      spool.saveCursor(false);
    } catch (IOException e) {
      // tidy retries it and reports the failure
    }
  }

  /**
   * @param all writes all that isn't on disk, even if it isn't due
   */
  private void write(boolean all) throws IOException {
    List<QueuedMessage> batch;
    boolean force;
    synchronized (memory) {
      force = sync || flushing;
      if (!all && !isDue()) {
        return;
      }
      batch = memory.takeUnwritten();
    }
    try {
      spool.append(batch, force);
      if (!batch.isEmpty()) {
        state.works();
        long now = nanoTime.getAsLong();
        if (!written || now - writtenNanos >= CURSOR_NANOS) {
          // or nobody would know of messages that are cut from the file after a kill
          written = true;
          writtenNanos = now;
          saveCursor();
        }
      }
    } finally {
      // count it on disk before it stops counting as owed: otherwise its room would seem free
      state.look(spool);
      synchronized (memory) {
        memory.written();
        memory.onDisk(spool.hasReadable());
      }
    }
  }

  /**
   * Once a second forces what was written, deletes what is done or too old, and forces the cursor.
   *
   * @param idle nothing is to be written: then a failed disk is probed
   */
  private void tidy(boolean idle) {
    if (!isTidyDue()) {
      return;
    }
    nextTidyNanos = nanoTime.getAsLong() + SECOND;
    boolean probe = idle && state.fails();
    try {
      spool.look();
      spool.force();
      spool.removeFinished();
      spool.saveCursor(true);
      if (probe) {
        spool.probe();
        state.works();
      }
    } catch (IOException e) {
      state.failed(e);
    }
  }

  /** Reads from disk if the head is low; returns whether there may be more to take. */
  private boolean refill() {
    long wantedBytes;
    synchronized (memory) {
      memory.onDisk(spool.hasReadable());
      wantedBytes = memory.wantedBytes();
    }
    if (wantedBytes == 0) {
      return false;
    }
    List<QueuedMessage> entries = spool.read(wantedBytes);
    boolean low;
    synchronized (memory) {
      memory.addRead(entries);
      memory.onDisk(spool.hasReadable());
      low = memory.isLow();
    }
    if (low) {
      work.run();
    }
    return true;
  }

  /** Updates the disk's figures. */
  private void look() {
    state.look(spool);
    synchronized (memory) {
      memory.onDisk(spool.hasReadable());
    }
  }

  /** Saves which messages are done, and closes the spool. */
  Future<Void> close() {
    Promise<Void> done = Promise.promise();
    work.close();
    worker.execute(
        () -> {
          saveDone();
          try {
            spool.close();
            done.complete();
          } catch (IOException e) {
            done.fail(e);
          }
        });
    return done.future();
  }
}
