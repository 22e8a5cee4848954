package io.loda.agent.delivery.queue;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.Footprint;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.Spool;
import io.vertx.core.Future;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The queue of one output, oldest first, bounded in bytes: above the bound it drops and counts
 * messages that aren't promised. Messages are in memory first, and on disk when the output is slow
 * or unreachable; a queue without a spool is in memory only. A taken message still counts until
 * {@link #done}. Any thread; no call blocks.
 *
 * <p>{@link QueueMemory} is the state, and its lock. {@link QueueDisk} does all disk work on a
 * worker, outside the lock.
 */
public final class MessageQueue {

  /**
   * What waits in the queue. {@code oldestSinceNanos} is empty for an empty queue; {@code
   * unreadablePoints} are those of {@code points} that the disk can't read now.
   */
  public record Amount(
      long points,
      long memoryBytes,
      long diskBytes,
      OptionalLong oldestSinceNanos,
      long unreadablePoints,
      String diskFailure) {}

  private final long mostPromised;
  // not private: the model's test checks what always holds
  final QueueMemory memory;
  private final @Nullable QueueDisk disk;
  private volatile Runnable ready = () -> {};

  /**
   * Doesn't open the spool.
   *
   * @param spool null: in memory only, whatever the durability
   * @param worker runs what blocks, one task at a time
   */
  public MessageQueue(
      String output,
      AgentConfig.Delivery config,
      @Nullable Spool spool,
      Executor worker,
      Dropped dropped,
      LongSupplier nanoTime) {
    this.mostPromised = Footprint.forPromised(config.memoryBytes());
    this.memory = new QueueMemory(config, dropped, spool != null);
    this.disk =
        spool == null ? null : new QueueDisk(output, config, spool, worker, memory, nanoTime);
  }

  /**
   * Sets the task that seals and adds the open messages; the worker runs it before a {@link
   * #stored} completes.
   */
  public void gatherBy(Runnable gather) {
    if (disk != null) {
      disk.gatherBy(gather);
    }
  }

  /**
   * Opens the spool. Fails if another process has it, but not if the disk fails: that is retried.
   *
   * @param ready called, on any thread, when there may be something to take; must not block
   */
  public Future<Void> start(Runnable ready) {
    this.ready = ready;
    return disk == null ? Future.succeededFuture() : disk.start(ready);
  }

  /**
   * Appends messages, and drops others if that exceeds the bound.
   *
   * @param gatheredBytes heap bytes of the open messages, which count too
   * @return true: the queue exceeds its bound, with nothing left to drop
   */
  public boolean add(List<QueuedMessage> entries, long gatheredBytes) {
    boolean over;
    synchronized (memory) {
      over = memory.add(entries, gatheredBytes);
    }
    if (!entries.isEmpty()) {
      ready.run();
    }
    if (disk != null) {
      disk.added();
    }
    return over;
  }

  /** Takes the next message; null when none is ready. */
  public @Nullable QueuedMessage take() {
    QueuedMessage next;
    synchronized (memory) {
      next = memory.take();
    }
    if (disk != null) {
      disk.taken();
    }
    return next;
  }

  /** Puts taken messages back to the front, in this order. */
  public void back(List<QueuedMessage> entries) {
    synchronized (memory) {
      memory.back(entries);
    }
  }

  /** Removes a taken message: it was delivered, or refused for good. Its body may be released. */
  public void done(QueuedMessage entry) {
    synchronized (memory) {
      memory.done(entry);
    }
    if (disk != null) {
      disk.done();
    }
  }

  /**
   * Returns whether {@code bytes} more can be promised: they fit in memory and on disk, and leave a
   * reserve for scheduled points.
   */
  public boolean hasRoom(long bytes) {
    synchronized (memory) {
      return disk == null ? memory.hasRoom(bytes, false) : disk.hasRoom(bytes);
    }
  }

  /** Returns the most bytes that an empty queue can promise. */
  public long mostRoom() {
    return disk == null ? mostPromised : Math.min(mostPromised, disk.mostBytes());
  }

  /** Succeeds when all messages added before are as safe as the configuration promises. */
  public Future<Void> stored() {
    return disk == null ? Future.succeededFuture() : disk.stored();
  }

  /** Succeeds when all messages are on disk; fails if they can't be. */
  public Future<Void> flush() {
    if (disk != null) {
      return disk.flush();
    }
    synchronized (memory) {
      return memory.points() == 0
          ? Future.succeededFuture()
          : Future.failedFuture("delivery.durability = memory keeps nothing on disk");
    }
  }

  /** Returns the points that are in memory only. */
  public long unsavedPoints() {
    synchronized (memory) {
      return memory.unsavedPoints();
    }
  }

  /**
   * Writes and reads what is due; must be called periodically, several times within {@code
   * delivery.max-delay}.
   */
  public void tick() {
    if (disk != null) {
      disk.tick();
    }
  }

  public Amount amount() {
    synchronized (memory) {
      DiskState.Known onDisk = disk == null ? DiskState.Known.NOTHING : disk.state().known();
      return new Amount(
          memory.points() + onDisk.points(),
          memory.bytes(),
          onDisk.bytes(),
          LongStream.concat(memory.oldestSinceNanos().stream(), onDisk.oldestSinceNanos().stream())
              .reduce((one, other) -> one - other <= 0 ? one : other),
          onDisk.unreadablePoints(),
          disk == null ? "" : disk.state().failure());
    }
  }

  /** Closes the queue; what is on disk stays there. */
  public Future<Void> close() {
    return disk == null ? Future.succeededFuture() : disk.close();
  }
}
