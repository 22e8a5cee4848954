package io.loda.agent.delivery;

import io.loda.agent.config.AgentConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages that wait in memory first, and on disk when the output is slow or away.
 *
 * <p>In order these are: what was taken, {@code head} (sent from), what is only on disk, {@code
 * behind} (memory that isn't on disk yet). All of it that no disk has is also in {@code unwritten};
 * what of that is old goes to disk, wherever it stands. Disk work is done by one worker task at a
 * time, in {@link #step}, outside the lock.
 */
final class SpillQueue implements Waiting {

  private static final Logger LOG = LoggerFactory.getLogger(SpillQueue.class);

  private static final long BATCH_BYTES = 1 << 20;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final String output;
  private final AgentConfig.Delivery config;
  private final Spool spool;
  private final Executor worker;
  private final Dropped dropped;
  private final LongSupplier nanoTime;
  private final boolean sync;
  private final long headBytesMax;
  private final long batchBytes;

  private final Deque<Entry> head = new ArrayDeque<>();
  private final Deque<Entry> behind = new ArrayDeque<>();
  private final Deque<Entry> unwritten = new ArrayDeque<>();
  private final Set<Entry> taken = new LinkedHashSet<>();
  private List<Entry.Place> done = new ArrayList<>();
  private long gathered;
  private long headBytes;
  private long behindBytes;
  private long memoryBytes;
  private long memoryPoints;

  /** Of those, what was read from disk to be sent: it drops nothing, or a full disk would. */
  private long replayedBytes;

  private boolean onDisk;
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
    this.dropped = dropped;
    this.nanoTime = nanoTime;
    this.sync = config.durability().equals("sync");
    this.headBytesMax = config.memoryBytes() / 2;
    this.batchBytes = Math.min(BATCH_BYTES, config.memoryBytes() / 4);
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
      gathered = gatheredBytes;
      for (Entry entry : entries) {
        memoryBytes += entry.bytes();
        memoryPoints += entry.message().points();
        unwritten.addLast(entry);
        boolean inTurn = config.newestFirst() || (!onDisk && behind.isEmpty());
        if (inTurn && headBytes < headBytesMax) {
          toHead(entry);
        } else {
          behind.addLast(entry);
          behindBytes += entry.bytes();
        }
      }
      makeRoom();
      due = behindBytes >= batchBytes && diskFailure.isEmpty();
    }
    if (!entries.isEmpty()) {
      tell.run();
    }
    if (due) {
      work();
    }
  }

  private void toHead(Entry entry) {
    entry.handed = true;
    head.addLast(entry);
    headBytes += entry.bytes();
  }

  /** Drops the oldest that is in memory only and that nobody sends just now. */
  private void makeRoom() {
    for (Iterator<Entry> it = unwritten.iterator();
        memoryBytes - replayedBytes + gathered > config.memoryBytes(); ) {
      if (!it.hasNext()) {
        return;
      }
      Entry oldest = it.next();
      if (oldest.done) {
        it.remove();
      } else if (!oldest.taken) {
        it.remove();
        // at their fronts, or nearly
        if (head.remove(oldest)) {
          headBytes -= oldest.bytes();
        } else if (behind.remove(oldest)) {
          behindBytes -= oldest.bytes();
        }
        oldest.done = true;
        forget(oldest);
        dropped.memoryFull(oldest.message(), config.memoryBytes());
      }
    }
  }

  private void forget(Entry entry) {
    memoryBytes -= entry.bytes();
    if (entry.replayed) {
      replayedBytes -= entry.bytes();
    }
    memoryPoints -= entry.message().points();
  }

  @Override
  public @Nullable Entry take() {
    Entry next;
    boolean low;
    synchronized (this) {
      if (headBytes < headBytesMax / 2) {
        refillFromMemory();
      }
      next = head.pollFirst();
      if (next != null) {
        headBytes -= next.bytes();
        next.taken = true;
        taken.add(next);
      }
      low = onDisk && headBytes < headBytesMax / 2;
    }
    if (low) {
      work();
    }
    return next;
  }

  private void refillFromMemory() {
    if (onDisk && !config.newestFirst()) {
      return;
    }
    while (headBytes < headBytesMax && !behind.isEmpty()) {
      Entry entry = behind.removeFirst();
      behindBytes -= entry.bytes();
      toHead(entry);
    }
  }

  @Override
  public synchronized void back(List<Entry> entries) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.get(i);
      if (taken.remove(entry)) {
        entry.taken = false;
        if (isGone(entry)) {
          entry.place = null;
          unwritten.addFirst(entry);
        }
        head.addFirst(entry);
        headBytes += entry.bytes();
      }
    }
  }

  @Override
  public synchronized void done(Entry entry) {
    if (taken.remove(entry)) {
      entry.done = true;
      forget(entry);
      Entry.Place place = entry.place;
      if (place != null) {
        done.add(place);
      } else {
        while (!unwritten.isEmpty() && unwritten.peekFirst().done) {
          unwritten.removeFirst();
        }
      }
    }
  }

  @Override
  public synchronized boolean hasRoom(long bytes) {
    if (memoryBytes + gathered + bytes > config.memoryBytes()) {
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
      due = !done.isEmpty() || isDue() || nanoTime.getAsLong() - nextHousekeepingNanos >= 0;
    }
    if (due) {
      work();
    }
  }

  /** Whether something is to be written that nobody waits for. */
  private boolean isDue() {
    Entry oldest = unwritten.peekFirst();
    if (oldest == null) {
      return false;
    }
    long due = config.maxDelay().toNanos() / 4 * 3;
    return sync
        || flushing
        || behindBytes >= batchBytes
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
    List<Entry> batch = new ArrayList<>();
    boolean force;
    synchronized (this) {
      force = sync || flushing;
      if (!all && !isDue()) {
        return;
      }
      for (Entry entry : unwritten) {
        if (!entry.done) {
          batch.add(entry);
          onDisk |= !entry.handed;
        }
      }
      unwritten.clear();
      behind.clear();
      behindBytes = 0;
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

  /** Sorts out which of a batch are on disk now, and which are not. */
  private synchronized void written(List<Entry> batch) {
    for (int i = batch.size() - 1; i >= 0; i--) {
      Entry entry = batch.get(i);
      Entry.Place place = entry.place;
      if (place == null) {
        if (!entry.done) {
          unwritten.addFirst(entry);
          if (!entry.handed) {
            behind.addFirst(entry);
            behindBytes += entry.bytes();
          }
        }
      } else if (entry.done) {
        done.add(place);
      } else if (!entry.handed) {
        forget(entry);
      }
    }
    onDisk = spool.hasUnread();
    dropGone();
    makeRoom();
  }

  /** What was in a file that went for delivery.disk goes too, unless it is just being sent. */
  private void dropGone() {
    for (Iterator<Entry> it = head.iterator(); it.hasNext(); ) {
      Entry entry = it.next();
      if (isGone(entry)) {
        it.remove();
        headBytes -= entry.bytes();
        entry.done = true;
        forget(entry);
        dropped.diskFull(entry.message(), config.diskBytes());
      }
    }
  }

  private static boolean isGone(Entry entry) {
    Entry.Place place = entry.place;
    return place != null && place.segment().gone();
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
      places = done;
      done = new ArrayList<>();
    }
    places.forEach(spool::done);
  }

  /** Whether there is more to be taken than before. */
  private boolean refill() {
    long wantedBytes;
    synchronized (this) {
      if (config.newestFirst()) {
        refillFromMemory();
      }
      if (headBytes >= headBytesMax / 2 || !spool.hasUnread()) {
        onDisk = spool.hasUnread();
        return false;
      }
      if (headBytes > 0 && memoryBytes + gathered >= config.memoryBytes()) {
        // no more than must be: it comes on top when the disk takes nothing either
        return false;
      }
      wantedBytes = Math.min(batchBytes, headBytesMax - headBytes);
    }
    List<Entry> entries;
    try {
      entries = spool.read(wantedBytes);
    } catch (IOException e) {
      failed(e);
      return false;
    }
    synchronized (this) {
      for (Entry entry : entries) {
        memoryBytes += entry.bytes();
        replayedBytes += entry.bytes();
        memoryPoints += entry.message().points();
        toHead(entry);
      }
      onDisk = spool.hasUnread();
      wanted |= onDisk && headBytes < headBytesMax / 2;
    }
    return true;
  }

  private synchronized void publish() {
    onDisk = spool.hasUnread();
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
    long oldest = diskOldestMillis;
    List<Entry> first = new ArrayList<>(taken);
    first.addAll(head.stream().limit(1).toList());
    first.addAll(unwritten.stream().limit(1).toList());
    for (Entry entry : first) {
      if (oldest == 0 || entry.timeMillis() < oldest) {
        oldest = entry.timeMillis();
      }
    }
    return new Amount(memoryPoints + diskPoints, memoryBytes, diskBytes, oldest, diskFailure);
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
