package io.loda.agent.delivery.queue;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.Footprint;
import io.loda.agent.delivery.spool.QueuedMessage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The memory side of a queue, in order and bounded in bytes. The caller holds the queue's lock,
 * which is this object.
 *
 * <p>The order is: {@code taken}, {@code head} (the next to send), the messages that are only on
 * disk, {@code behind} (newer than those on disk, and not on disk yet). Every message that isn't on
 * disk is also in {@code unwritten}, or in the batch that is being written. The package's page
 * draws the states.
 *
 * <p>Messages read back from disk may exceed {@code delivery.memory} by a quarter of it, besides
 * those in flight: they need a place even if the disk is full, too, or a message that was answered
 * with 200 would be dropped for them.
 */
final class QueueMemory {

  private static final long BATCH_BYTES = 1 << 20;

  private final AgentConfig.Delivery config;
  private final Dropped dropped;
  private final boolean hasDisk;
  private final long headBytesMax;
  private final long batchBytes;

  private final Lane head = new Lane();
  private final Lane behind = new Lane();
  private final Lane unwritten = new Lane();
  private final Droppable droppable = new Droppable();
  private final Set<QueuedMessage> taken = new LinkedHashSet<>();
  private List<QueuedMessage.Place> done = new ArrayList<>();
  private long gathered;
  private long headBytes;
  private long behindBytes;
  private long bytes;
  private long points;

  /**
   * Bytes of messages read back from disk. They don't cause drops, or a full disk would push out
   * memory.
   */
  private long replayedBytes;

  /** Bytes that aren't on disk yet. */
  private long owedBytes;

  private boolean onDisk;

  /**
   * Creates an empty queue.
   *
   * @param hasDisk false: all messages stay in the head, as there is no other place
   */
  QueueMemory(AgentConfig.Delivery config, Dropped dropped, boolean hasDisk) {
    this.config = config;
    this.dropped = dropped;
    this.hasDisk = hasDisk;
    this.headBytesMax = hasDisk ? config.memoryBytes() / 2 : Long.MAX_VALUE;
    this.batchBytes = Math.min(BATCH_BYTES, config.memoryBytes() / 4);
  }

  /** Appends messages; returns true if the queue exceeds its bound with nothing left to drop. */
  boolean add(List<QueuedMessage> entries, long gatheredBytes) {
    gathered = gatheredBytes;
    for (QueuedMessage entry : entries) {
      count(entry);
      unwritten.addLast(entry);
      entry.unwritten = true;
      owe(entry);
      droppable.addLast(entry);
      boolean inTurn = config.newestFirst() || (!onDisk && behind.isEmpty());
      if (inTurn && headBytes < headBytesMax) {
        toHead(entry);
      } else {
        behind.addLast(entry);
        behindBytes += bytesOf(entry);
      }
    }
    makeRoom();
    return isOver();
  }

  private boolean isOver() {
    return heldBytes() - replayedBytes > config.memoryBytes();
  }

  /** Returns a message's heap bytes, with those of its place on disk if it may have one. */
  private int bytesOf(QueuedMessage entry) {
    return hasDisk ? Footprint.inSpool(entry) : entry.heldBytes();
  }

  private void owe(QueuedMessage entry) {
    if (!entry.owed) {
      entry.owed = true;
      owedBytes += bytesOf(entry);
    }
  }

  private void oweNoMore(QueuedMessage entry) {
    if (entry.owed) {
      entry.owed = false;
      owedBytes -= bytesOf(entry);
    }
  }

  private void count(QueuedMessage entry) {
    bytes += bytesOf(entry);
    if (entry.replayed) {
      replayedBytes += bytesOf(entry);
    }
    points += entry.message().points();
  }

  private void forget(QueuedMessage entry) {
    bytes -= bytesOf(entry);
    if (entry.replayed) {
      replayedBytes -= bytesOf(entry);
    }
    points -= entry.message().points();
  }

  private void toHead(QueuedMessage entry) {
    entry.handed = true;
    head.addLast(entry);
    headBytes += bytesOf(entry);
  }

  /** Drops messages that are in memory only, and neither being sent nor written. */
  private void makeRoom() {
    while (isOver()) {
      QueuedMessage next = droppable.next();
      if (next == null) {
        return;
      }
      droppable.remove(next);
      if (next.handed) {
        headBytes -= bytesOf(next);
      } else {
        behindBytes -= bytesOf(next);
      }
      isDone(next);
      (next.handed ? head : behind).left();
      dropped.memoryFull(next.message(), config.memoryBytes());
      next.letGo();
    }
  }

  private void isDone(QueuedMessage entry) {
    entry.done = true;
    forget(entry);
    if (entry.unwritten) {
      unwritten.left();
      oweNoMore(entry);
    }
  }

  /** Returns the heap bytes of all, including open messages and the topics' objects. */
  private long heldBytes() {
    return bytes + droppable.topicBytes() + gathered;
  }

  /** Takes the next message to send; null when the next isn't in memory. */
  @Nullable QueuedMessage take() {
    if (headBytes < headBytesMax / 2 && (!onDisk || config.newestFirst())) {
      headFromBehind();
    }
    QueuedMessage next = head.pollFirst();
    if (next != null) {
      headBytes -= bytesOf(next);
      next.taken = true;
      droppable.remove(next);
      taken.add(next);
    }
    return next;
  }

  private void headFromBehind() {
    while (headBytes < headBytesMax) {
      QueuedMessage entry = behind.pollFirst();
      if (entry == null) {
        return;
      }
      behindBytes -= bytesOf(entry);
      toHead(entry);
    }
  }

  /** Puts taken messages back to the front, in this order. */
  void back(List<QueuedMessage> entries) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      QueuedMessage entry = entries.get(i);
      if (taken.remove(entry)) {
        entry.taken = false;
        if (isGone(entry)) {
          toUnwritten(entry);
        }
        if (entry.unwritten) {
          droppable.addFirst(entry);
        }
        head.addFirst(entry);
        headBytes += bytesOf(entry);
      }
    }
  }

  /** Marks a taken message as done. */
  void done(QueuedMessage entry) {
    if (taken.remove(entry)) {
      isDone(entry);
      QueuedMessage.Place place = entry.place;
      if (place != null) {
        done.add(place);
      }
      if (entry.unwritten) {
        entry.letGo();
      }
    }
  }

  /** Returns how many done messages the spool hasn't been told yet. */
  int doneCount() {
    return done.size();
  }

  /** Returns the places of messages that became done since the last call, for the spool. */
  List<QueuedMessage.Place> takeDone() {
    List<QueuedMessage.Place> places = done;
    done = new ArrayList<>();
    return places;
  }

  /**
   * Returns whether {@code more} bytes can be promised. Messages read back from disk don't count,
   * or an output that fails would leave no room however much disk is free.
   *
   * @param diskTakes false: the disk fails, so what may be dropped makes room
   */
  boolean hasRoom(long more, boolean diskTakes) {
    long givesWay = diskTakes ? 0 : droppable.bytes();
    return heldBytes() - replayedBytes - givesWay + more
        <= Footprint.forPromised(config.memoryBytes());
  }

  /** Returns an upper bound of the bytes that the disk must take if nothing is sent. */
  long owedBytes() {
    return owedBytes + gathered;
  }

  /** Returns whether a whole batch waits behind the head. */
  boolean hasBatch() {
    return behindBytes >= batchBytes;
  }

  /** Returns the oldest message that isn't on disk; null: none. */
  @Nullable QueuedMessage oldestUnwritten() {
    return unwritten.peekFirst();
  }

  /**
   * Hands out all messages that aren't on disk, to be written; {@link #written} must follow. Those
   * that are neither taken nor in the head leave memory then.
   */
  List<QueuedMessage> takeUnwritten() {
    List<QueuedMessage> batch = new ArrayList<>();
    unwritten.drain(
        entry -> {
          entry.unwritten = false;
          droppable.remove(entry);
          batch.add(entry);
          onDisk |= !entry.handed;
        });
    behind.drain(entry -> {});
    behindBytes = 0;
    return batch;
  }

  /** Ends the write of a batch: messages without a place weren't written, and stay in memory. */
  void written(List<QueuedMessage> batch) {
    for (int i = batch.size() - 1; i >= 0; i--) {
      QueuedMessage entry = batch.get(i);
      QueuedMessage.Place place = entry.place;
      if (place != null || entry.done) {
        oweNoMore(entry);
      }
      if (place == null) {
        // it is back already: given back during the write, after its file was deleted
        if (!entry.done && !entry.unwritten) {
          unwritten.addFirst(entry);
          entry.unwritten = true;
          if (!entry.taken) {
            droppable.addFirst(entry);
          }
          if (!entry.handed) {
            behind.addFirst(entry);
            behindBytes += bytesOf(entry);
          }
        }
      } else if (entry.done) {
        done.add(place);
      } else if (!entry.handed) {
        forget(entry);
        if (place.equals(QueuedMessage.Place.NOWHERE)) {
          dropped.diskFull(entry.message(), config.diskBytes());
        }
      }
    }
    dropGone();
    makeRoom();
  }

  private void toUnwritten(QueuedMessage entry) {
    entry.place = null;
    unwritten.addFirst(entry);
    entry.unwritten = true;
    owe(entry);
  }

  /**
   * Keeps messages whose file another process deleted: they are in memory only again, and will be
   * rewritten.
   */
  void saveLost() {
    List<QueuedMessage> lost = new ArrayList<>();
    taken.forEach(entry -> addLost(entry, lost));
    head.forEach(entry -> addLost(entry, lost));
    for (int i = lost.size() - 1; i >= 0; i--) {
      toUnwritten(lost.get(i));
      if (!lost.get(i).taken) {
        droppable.addFirst(lost.get(i));
      }
    }
    makeRoom();
  }

  private static void addLost(QueuedMessage entry, List<QueuedMessage> lost) {
    QueuedMessage.Place place = entry.place;
    if (place != null && place.segment().fate() == Segment.Fate.LOST) {
      lost.add(entry);
    }
  }

  /**
   * Drops messages whose file was deleted to keep {@code delivery.disk}, unless they are being
   * sent.
   */
  private void dropGone() {
    head.removeIf(
        entry -> {
          QueuedMessage.Place place = entry.place;
          if (place == null || place.segment().fate() != Segment.Fate.DELETED) {
            return false;
          }
          headBytes -= bytesOf(entry);
          isDone(entry);
          dropped.diskFull(entry.message(), config.diskBytes());
          return true;
        });
  }

  private static boolean isGone(QueuedMessage entry) {
    QueuedMessage.Place place = entry.place;
    return place != null && place.segment().fate() != Segment.Fate.THERE;
  }

  /** Returns whether the head is low and the disk has more. */
  boolean isLow() {
    return onDisk && headBytes < headBytesMax / 2;
  }

  /** Returns how many bytes to read from disk now; may be 0. */
  long wantedBytes() {
    if (config.newestFirst()) {
      headFromBehind();
    }
    if (!isLow()) {
      return 0;
    }
    if (replayedBytes >= config.memoryBytes() / 4
        || (replayedBytes > 0
            && heldBytes() + 2 * batchBytes > Footprint.forPromised(config.memoryBytes()))) {
      // these exceed the bound; more is read when they are delivered
      return 0;
    }
    return Math.min(batchBytes, headBytesMax - headBytes);
  }

  /** Adds messages read from disk to the head. */
  void addRead(List<QueuedMessage> entries) {
    for (QueuedMessage entry : entries) {
      count(entry);
      toHead(entry);
    }
  }

  /** Sets whether the disk has messages that aren't in memory. */
  void onDisk(boolean unread) {
    onDisk = unread;
  }

  long bytes() {
    return heldBytes() - gathered;
  }

  long points() {
    return points;
  }

  long unsavedPoints() {
    LongAdder sum = new LongAdder();
    unwritten.forEach(entry -> sum.add(entry.message().points()));
    return sum.sum();
  }

  /** Returns when the oldest message in memory was added; empty: there is none. */
  OptionalLong oldestSinceNanos() {
    return Stream.of(
            taken.stream(),
            Stream.ofNullable(head.peekFirst()),
            Stream.ofNullable(unwritten.peekFirst()))
        .flatMap(first -> first)
        .mapToLong(QueuedMessage::sinceNanos)
        .min();
  }
}
