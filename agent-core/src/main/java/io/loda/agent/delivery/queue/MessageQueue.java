package io.loda.agent.delivery.queue;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.Footprint;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.Spool;
import io.loda.agent.delivery.spool.SpoolFolder;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A queue in memory first, and on disk when the output is slow or unreachable.
 *
 * <p>{@link QueueMemory} keeps what is in memory, under this object's lock. One worker task at a
 * time, {@link #step}, does all disk work, outside the lock.
 */
public final class MessageQueue implements Waiting {

  private static final Logger LOG = LoggerFactory.getLogger(MessageQueue.class);

  private final String output;
  private final AgentConfig.Delivery config;
  private final Executor worker;
  private final WorkerTask work;
  private final QueueDisk disk;
  private final QueueMemory memory;
  private final LongSupplier nanoTime;
  private final boolean sync;

  private @Nullable Promise<Void> nextStored;
  private boolean flushing;
  private Runnable ready = () -> {};
  private Runnable gather = () -> {};

  /**
   * Doesn't open the spool.
   *
   * @param worker runs what blocks, one task at a time
   */
  public MessageQueue(
      String output,
      AgentConfig.Delivery config,
      Spool spool,
      Executor worker,
      Dropped dropped,
      LongSupplier nanoTime) {
    this.output = output;
    this.config = config;
    this.worker = worker;
    this.work = new WorkerTask(worker, this::step);
    this.disk = new QueueDisk(output, config, spool, nanoTime);
    this.memory = new QueueMemory(config, dropped);
    this.nanoTime = nanoTime;
    this.sync = config.durability().equals("sync");
  }

  /** Sets what seals and adds the open messages; called on the worker before a {@link #stored}. */
  public void gatherBy(Runnable gather) {
    this.gather = gather;
  }

  /**
   * Opens the spool. Fails if another process has it, but not if the disk fails: that is retried.
   */
  @Override
  public Future<Void> start(Runnable ready) {
    Promise<Void> started = Promise.promise();
    synchronized (this) {
      this.ready = ready;
    }
    worker.execute(
        () -> {
          try {
            disk.open();
          } catch (SpoolFolder.InUseException e) {
            started.fail(e);
            return;
          } catch (IOException e) {
            disk.failed(e);
          }
          look();
          long points = disk.known().points();
          if (points > 0) {
            LOG.info(
                "output {}: {} points on disk from an earlier run, sending them", output, points);
          }
          started.complete();
          work.run();
        });
    return started.future();
  }

  @Override
  public boolean add(List<QueuedMessage> entries, long gatheredBytes) {
    boolean due;
    boolean over;
    Runnable tell;
    synchronized (this) {
      tell = ready;
      over = memory.add(entries, gatheredBytes);
      due = memory.hasBatch() && !disk.fails();
    }
    if (!entries.isEmpty()) {
      tell.run();
    }
    if (due) {
      work.run();
    }
    return over;
  }

  @Override
  public @Nullable QueuedMessage take() {
    QueuedMessage next;
    boolean low;
    synchronized (this) {
      next = memory.take();
      low = memory.isLow();
    }
    if (low) {
      work.run();
    }
    return next;
  }

  @Override
  public synchronized void back(List<QueuedMessage> entries) {
    memory.back(entries);
  }

  @Override
  public void done(QueuedMessage entry) {
    boolean due;
    synchronized (this) {
      memory.done(entry);
      int done = memory.doneCount();
      due = done >= QueueDisk.CURSOR_MESSAGES || (done > 0 && disk.isCursorOld());
    }
    if (due) {
      work.run();
    }
  }

  @Override
  public synchronized boolean hasRoom(long bytes) {
    boolean fails = disk.fails();
    if (!memory.hasRoom(bytes, !fails)) {
      return false;
    }
    if (fails) {
      return !sync;
    }
    // one segment stays free for scheduled points; theirs on disk may be deleted to make room
    QueueDisk.Known known = disk.known();
    return known.bytes() - known.droppableBytes() + memory.owedBytes() + bytes <= mostOnDisk();
  }

  private long mostOnDisk() {
    return config.diskBytes() - Spool.segmentBytes(config);
  }

  @Override
  public long mostRoom() {
    return Math.min(Footprint.forPromised(config.memoryBytes()), mostOnDisk());
  }

  @Override
  public Future<Void> stored() {
    return sync ? nextStored() : Future.succeededFuture();
  }

  @Override
  public Future<Void> flush() {
    synchronized (this) {
      flushing = true;
    }
    return nextStored();
  }

  private Future<Void> nextStored() {
    Future<Void> stored;
    synchronized (this) {
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

  @Override
  public synchronized long unsavedPoints() {
    return memory.unsavedPoints();
  }

  @Override
  public void tick() {
    boolean due;
    synchronized (this) {
      due = memory.doneCount() > 0 || isDue() || disk.isTidyDue();
    }
    if (due) {
      work.run();
    }
  }

  /** Returns whether a write is due without a {@link #stored} waiting for it. */
  private synchronized boolean isDue() {
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

  private void step() {
    Promise<Void> stored;
    synchronized (this) {
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
    disk.done(takeDone());
    IOException failure = null;
    try {
      disk.open();
      write(stored != null);
    } catch (IOException e) {
      failure = e;
      disk.failed(e);
    }
    // also when writes fail: deleting what is done drains a full disk
    disk.tidy(!isDue());
    if (disk.hasLostFiles()) {
      synchronized (this) {
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

  private synchronized boolean isStopping() {
    return flushing;
  }

  private void write(boolean all) throws IOException {
    List<QueuedMessage> batch;
    boolean force;
    synchronized (this) {
      force = sync || flushing;
      if (!all && !isDue()) {
        return;
      }
      batch = memory.takeUnwritten();
    }
    try {
      disk.append(batch, force);
    } finally {
      // count it on disk before it stops counting as owed: else its room would seem free
      disk.look();
      synchronized (this) {
        memory.written(batch);
        memory.onDisk(disk.hasReadable());
      }
    }
  }

  private synchronized List<QueuedMessage.Place> takeDone() {
    return memory.takeDone();
  }

  /** Reads from disk where the head is low; returns whether there may be more to take. */
  private boolean refill() {
    long wantedBytes;
    boolean low;
    synchronized (this) {
      memory.onDisk(disk.hasReadable());
      wantedBytes = memory.wantedBytes();
    }
    if (wantedBytes == 0) {
      return false;
    }
    List<QueuedMessage> entries = disk.read(wantedBytes);
    synchronized (this) {
      memory.addRead(entries);
      memory.onDisk(disk.hasReadable());
      low = memory.isLow();
    }
    if (low) {
      work.run();
    }
    return true;
  }

  /** Updates the figures of the disk. */
  private void look() {
    disk.look();
    synchronized (this) {
      memory.onDisk(disk.hasReadable());
    }
  }

  @Override
  public synchronized Amount amount() {
    QueueDisk.Known onDisk = disk.known();
    long now = nanoTime.getAsLong();
    return new Amount(
        memory.points() + onDisk.points(),
        memory.bytes(),
        onDisk.bytes(),
        LongStream.concat(memory.oldestSinceNanos().stream(), onDisk.oldestSinceNanos().stream())
            .map(since -> now - since)
            .max()
            .stream()
            .map(age -> now - age)
            .findFirst(),
        onDisk.unreadablePoints(),
        disk.failure());
  }

  /** Saves what is done, and closes the spool. */
  @Override
  public Future<Void> close() {
    Promise<Void> done = Promise.promise();
    work.close();
    worker.execute(
        () -> {
          disk.done(takeDone());
          try {
            disk.close();
            done.complete();
          } catch (IOException e) {
            done.fail(e);
          }
        });
    return done.future();
  }
}
