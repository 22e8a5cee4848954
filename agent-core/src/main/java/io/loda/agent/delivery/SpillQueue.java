package io.loda.agent.delivery;

import io.loda.agent.config.AgentConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages that wait in memory first, and on disk when the output is slow or away.
 *
 * <p>Which message is where in memory is the matter of {@link SpillMemory}. Disk work is done by
 * one worker task at a time, in {@link #step}, outside the lock.
 */
final class SpillQueue implements Waiting {

  private static final Logger LOG = LoggerFactory.getLogger(SpillQueue.class);

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final String output;
  private final AgentConfig.Delivery config;
  private final Spool spool;
  private final Executor worker;
  private final SpillMemory memory;
  private final LongSupplier nanoTime;
  private final boolean sync;

  private long diskBytes;
  private long diskPoints;
  private long diskOldestMillis;
  private String diskFailure = "";
  private @Nullable Promise<Void> nextStored;
  private boolean flushing;
  private boolean working;
  private boolean wanted;
  private boolean closed;
  private long nextHousekeepingNanos;
  private Runnable ready = () -> {};
  private Runnable gather = () -> {};

  /**
   * A queue on a spool that isn't open yet.
   *
   * @param worker runs what blocks, one task at a time
   */
  SpillQueue(
      String output,
      AgentConfig.Delivery config,
      Spool spool,
      Executor worker,
      Dropped dropped,
      LongSupplier nanoTime) {
    this.output = output;
    this.config = config;
    this.spool = spool;
    this.worker = worker;
    this.memory = new SpillMemory(config, dropped);
    this.nanoTime = nanoTime;
    this.sync = config.durability().equals("sync");
    this.nextHousekeepingNanos = nanoTime.getAsLong() + SECOND;
  }

  /**
   * Called on the worker before it writes for {@link #stored}: whoever gathers points adds them.
   */
  void gatherBy(Runnable gather) {
    this.gather = gather;
  }

  /**
   * Opens the spool; a disk that fails is no reason not to start, another process that has it is.
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
            spool.open();
            long points = spool.unreadPoints();
            if (points > 0) {
              LOG.info("output {}: {} points wait on disk from before", output, points);
            }
          } catch (SpoolFolder.InUseException e) {
            started.fail(e);
            return;
          } catch (IOException e) {
            failed(e);
          }
          publish();
          started.complete();
          work();
        });
    return started.future();
  }

  @Override
  public void add(List<Entry> entries, long gatheredBytes) {
    boolean due;
    Runnable tell;
    synchronized (this) {
      tell = ready;
      memory.add(entries, gatheredBytes);
      due = memory.hasBatch() && diskFailure.isEmpty();
    }
    if (!entries.isEmpty()) {
      tell.run();
    }
    if (due) {
      work();
    }
  }

  @Override
  public @Nullable Entry take() {
    Entry next;
    boolean low;
    synchronized (this) {
      next = memory.take();
      low = memory.isLow();
    }
    if (low) {
      work();
    }
    return next;
  }

  @Override
  public synchronized void back(List<Entry> entries) {
    memory.back(entries);
  }

  @Override
  public synchronized void done(Entry entry) {
    memory.done(entry);
  }

  @Override
  public synchronized boolean hasRoom(long bytes) {
    if (!memory.hasRoom(bytes)) {
      return false;
    }
    if (!diskFailure.isEmpty()) {
      return !sync;
    }
    // the last segment's worth is for what is scheduled: that drops the oldest, and no post did
    return diskBytes + bytes + Spool.segmentBytes(config) <= config.diskBytes();
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
      if (closed) {
        return Future.failedFuture("output " + output + " is closed");
      }
      if (nextStored == null) {
        nextStored = Promise.promise();
      }
      stored = nextStored.future();
    }
    work();
    return stored;
  }

  @Override
  public void tick() {
    boolean due;
    synchronized (this) {
      due = memory.hasDone() || isDue() || nanoTime.getAsLong() - nextHousekeepingNanos >= 0;
    }
    if (due) {
      work();
    }
  }

  /** Whether something is to be written that nobody waits for. */
  private boolean isDue() {
    Entry oldest = memory.oldestUnwritten();
    if (oldest == null) {
      return false;
    }
    long due = config.maxDelay().toNanos() / 4 * 3;
    return sync
        || flushing
        || memory.hasBatch()
        || nanoTime.getAsLong() - oldest.sinceNanos() >= due;
  }

  private void work() {
    synchronized (this) {
      wanted = true;
      if (working || closed) {
        return;
      }
      working = true;
    }
    worker.execute(this::run);
  }

  private void run() {
    while (true) {
      synchronized (this) {
        if (!wanted) {
          working = false;
          return;
        }
        wanted = false;
      }
      step();
    }
  }

  private void step() {
    Promise<Void> stored;
    synchronized (this) {
      stored = nextStored;
      nextStored = null;
    }
    if (stored != null) {
      gather.run();
    }
    finish();
    IOException failure = null;
    try {
      if (!spool.isOpen()) {
        spool.open();
      }
      write(stored != null);
    } catch (IOException e) {
      failure = e;
      failed(e);
    }
    // also when nothing can be written: a full disk is drained
    housekeeping();
    boolean tell = refill();
    publish();
    if (stored != null) {
      if (failure == null) {
        stored.complete();
      } else {
        stored.fail(failure);
      }
    }
    if (tell) {
      ready.run();
    }
  }

  private void write(boolean all) throws IOException {
    List<Entry> batch;
    boolean force;
    synchronized (this) {
      force = sync || flushing;
      if (!all && !isDue()) {
        return;
      }
      batch = memory.takeUnwritten();
    }
    try {
      spool.append(batch, force);
    } finally {
      written(batch);
    }
    if (!batch.isEmpty()) {
      recovered();
    }
  }

  private synchronized void written(List<Entry> batch) {
    memory.written(batch);
    memory.onDisk(spool.hasUnread());
  }

  private void housekeeping() {
    boolean probe;
    synchronized (this) {
      long now = nanoTime.getAsLong();
      if (now - nextHousekeepingNanos < 0) {
        return;
      }
      nextHousekeepingNanos = now + SECOND;
      probe = !diskFailure.isEmpty() && !isDue();
    }
    try {
      spool.force();
      spool.removeFinished();
      spool.saveCursor();
      if (probe) {
        spool.probe();
        recovered();
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  /** Tells the spool what is done. */
  private void finish() {
    List<Entry.Place> places;
    synchronized (this) {
      places = memory.takeDone();
    }
    places.forEach(spool::done);
  }

  /** Whether there is more to be taken than before. */
  private boolean refill() {
    long wantedBytes;
    synchronized (this) {
      memory.onDisk(spool.hasUnread());
      wantedBytes = memory.wantedBytes();
    }
    if (wantedBytes == 0) {
      return false;
    }
    List<Entry> entries;
    try {
      entries = spool.read(wantedBytes);
    } catch (IOException e) {
      failed(e);
      return false;
    }
    synchronized (this) {
      memory.addRead(entries);
      memory.onDisk(spool.hasUnread());
      wanted |= memory.isLow();
    }
    return true;
  }

  private synchronized void publish() {
    memory.onDisk(spool.hasUnread());
    diskBytes = spool.bytes();
    diskPoints = spool.unreadPoints();
    diskOldestMillis = spool.oldestMillis();
  }

  private synchronized void failed(IOException e) {
    if (diskFailure.isEmpty()) {
      LOG.error(
          "output {}: the disk takes nothing, what waits stays in memory (delivery.memory, {} bytes);"
              + " make room, or let the agent write there: {}",
          output,
          config.memoryBytes(),
          e.toString());
    }
    diskFailure = e.toString();
  }

  private synchronized void recovered() {
    if (!diskFailure.isEmpty()) {
      diskFailure = "";
      LOG.info("output {}: the disk takes what waits again", output);
    }
  }

  @Override
  public synchronized Amount amount() {
    long inMemory = memory.oldestMillis();
    return new Amount(
        memory.points() + diskPoints,
        memory.bytes(),
        diskBytes,
        inMemory == 0 || (diskOldestMillis != 0 && diskOldestMillis < inMemory)
            ? diskOldestMillis
            : inMemory,
        diskFailure);
  }

  /** Writes down what is done, and gives the spool back. */
  @Override
  public Future<Void> close() {
    Promise<Void> done = Promise.promise();
    synchronized (this) {
      closed = true;
    }
    worker.execute(
        () -> {
          finish();
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
