package io.loda.agent.delivery.queue;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.Footprint;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.QueuedMessage.InMemory;
import io.loda.agent.delivery.spool.QueuedMessage.OnDisk;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The memory side of a queue, in order and bounded in bytes. The caller holds the queue's lock,
 * which is this object. The package's page draws the states, and says what always holds.
 *
 * <p>Of {@code delivery.memory} half is for the head and what is in flight, the latter at most a
 * quarter, so that a server that hangs leaves room for posts, which go on to disk. Messages read
 * back from disk may exceed {@code delivery.memory} by a quarter of it: they need a place even if
 * the disk is full, too, or a message that was answered with 200 would be dropped for them.
 */
final class QueueMemory {

  private static final long BATCH_BYTES = 1 << 20;

  private final AgentConfig.Delivery config;
  private final Dropped dropped;
  private final boolean hasDisk;
  private final long headBytesMax;
  private final long takenBytesMax;
  private final long batchBytes;

  // not private: the model's test checks what always holds
  final Lane head = new Lane(this::bytesOf);
  final Lane behind = new Lane(this::bytesOf);
  final Lane unwritten = new Lane(this::bytesOf);
  final Droppable droppable = new Droppable();
  final Set<QueuedMessage> taken = new LinkedHashSet<>();
  List<QueuedMessage> batch = List.of();
  private List<QueuedMessage.Place> done = new ArrayList<>();
  private long gathered;
  private long takenBytes;
  private long batchOwedBytes;
  private long bytes;
  private long points;

  /**
   * Bytes of messages read back from disk. They don't cause drops, or a full disk would push out
   * memory.
   */
  private long replayedBytes;

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
    this.takenBytesMax = config.memoryBytes() / 4;
    this.batchBytes = Math.min(BATCH_BYTES, config.memoryBytes() / 4);
  }

  /** Appends messages; returns true if the queue exceeds its bound with nothing left to drop. */
  boolean add(List<QueuedMessage> entries, long gatheredBytes) {
    gathered = gatheredBytes;
    for (QueuedMessage entry : entries) {
      count(entry, 1);
      unwritten.addLast(entry);
      droppable.addLast(entry);
      behind.addLast(entry);
      if (headRoom() > 0 && (config.newestFirst() || !onDisk)) {
        headFromBehind();
      }
    }
    makeRoom();
    return isOver();
  }

  boolean isOver() {
    return heldBytes() - replayedBytes > config.memoryBytes();
  }

  /** Returns a message's heap bytes, with those of its place on disk if it may have one. */
  int bytesOf(QueuedMessage entry) {
    return hasDisk ? Footprint.inSpool(entry) : entry.heldBytes();
  }

  /**
   * @param sign 1: it comes, -1: it leaves
   */
  private void count(QueuedMessage entry, long sign) {
    bytes += sign * bytesOf(entry);
    replayedBytes += entry.replayed() ? sign * bytesOf(entry) : 0;
    points += sign * entry.message().points();
  }

  /** Returns how many bytes the head may take: what is in flight may come back to it. */
  private long headRoom() {
    return headBytesMax - head.bytes() - takenBytes;
  }

  /** Drops messages that are in memory only, and neither being sent nor written. */
  private void makeRoom() {
    while (isOver()) {
      QueuedMessage next = droppable.next();
      if (next == null) {
        return;
      }
      droppable.remove(next);
      Lane lane = next.is(InMemory.HEAD) ? head : behind;
      finish(next);
      lane.left(next);
      dropped.memoryFull(next.message(), config.memoryBytes());
    }
  }

  private void finish(QueuedMessage entry) {
    boolean wasUnwritten = entry.is(OnDisk.UNWRITTEN);
    entry.finish();
    count(entry, -1);
    if (wasUnwritten) {
      unwritten.left(entry);
    }
  }

  /** Returns the heap bytes of all, including open messages and the topics' objects. */
  private long heldBytes() {
    return bytes + droppable.topicBytes() + gathered;
  }

  /**
   * Takes the next message to send; null when the next isn't in memory, or has to wait until less
   * is in flight.
   */
  @Nullable QueuedMessage take() {
    if (head.bytes() < headBytesMax / 2 && (!onDisk || config.newestFirst())) {
      headFromBehind();
    }
    QueuedMessage next = head.peekFirst();
    if (next == null || (takenBytes > 0 && takenBytes + bytesOf(next) > takenBytesMax)) {
      return null;
    }
    head.pollFirst();
    next.take();
    droppable.remove(next);
    taken.add(next);
    takenBytes += bytesOf(next);
    return next;
  }

  private void headFromBehind() {
    while (headRoom() > 0) {
      QueuedMessage entry = behind.pollFirst();
      if (entry == null) {
        return;
      }
      entry.toHead();
      head.addLast(entry);
    }
  }

  /** Puts taken messages back to the front, in this order. */
  void back(List<QueuedMessage> entries) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      QueuedMessage entry = entries.get(i);
      if (removeTaken(entry)) {
        entry.giveBack();
        if (fate(entry) != Segment.Fate.THERE) {
          toUnwritten(entry);
        } else if (entry.is(OnDisk.UNWRITTEN)) {
          droppable.addFirst(entry);
        }
        head.addFirst(entry);
      }
    }
    makeRoom();
  }

  private boolean removeTaken(QueuedMessage entry) {
    boolean was = taken.remove(entry);
    takenBytes -= was ? bytesOf(entry) : 0;
    return was;
  }

  /** Marks a taken message as done. */
  void done(QueuedMessage entry) {
    if (removeTaken(entry)) {
      finish(entry);
      tellDone(entry);
    }
  }

  private void tellDone(QueuedMessage entry) {
    QueuedMessage.Place place = entry.place();
    if (place != null && entry.is(OnDisk.STORED)) {
      done.add(place);
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
    return unwritten.bytes() + batchOwedBytes + gathered;
  }

  /** Returns whether a whole batch waits behind the head. */
  boolean hasBatch() {
    return behind.bytes() >= batchBytes;
  }

  /** Returns the oldest message that isn't on disk; null: none. */
  @Nullable QueuedMessage oldestUnwritten() {
    return unwritten.peekFirst();
  }

  /**
   * Hands out all messages that aren't on disk, to be written; {@link #written} must follow. Those
   * behind the head leave memory then.
   */
  List<QueuedMessage> takeUnwritten() {
    batchOwedBytes = unwritten.bytes();
    batch = unwritten.drain();
    for (QueuedMessage entry : batch) {
      entry.toBatch();
      droppable.remove(entry);
      onDisk |= entry.is(InMemory.BEHIND);
    }
    behind.drain();
    return batch;
  }

  /** Ends the write of the batch: messages without a place weren't written, and stay in memory. */
  void written() {
    batchOwedBytes = 0;
    for (int i = batch.size() - 1; i >= 0; i--) {
      QueuedMessage entry = batch.get(i);
      if (!entry.is(OnDisk.BATCH)) {
        // it was given back during the write, after its file was deleted
        continue;
      }
      entry.endBatch();
      if (entry.is(OnDisk.UNWRITTEN)) {
        unwritten.addFirst(entry);
        if (entry.is(InMemory.BEHIND)) {
          behind.addFirst(entry);
        }
        if (!entry.is(InMemory.TAKEN)) {
          droppable.addFirst(entry);
        }
      } else if (entry.is(InMemory.DONE)) {
        tellDone(entry);
      } else if (entry.is(InMemory.BEHIND)) {
        finish(entry);
        if (QueuedMessage.Place.NOWHERE.equals(entry.place())) {
          dropped.diskFull(entry.message(), config.diskBytes());
        }
      }
    }
    batch = List.of();
    dropGone();
    makeRoom();
  }

  /** Notes that a message in the head or in flight must be written again. */
  private void toUnwritten(QueuedMessage entry) {
    batchOwedBytes -= entry.is(OnDisk.BATCH) ? bytesOf(entry) : 0;
    entry.lose();
    unwritten.addFirst(entry);
    if (entry.is(InMemory.HEAD)) {
      droppable.addFirst(entry);
    }
  }

  /**
   * Keeps messages whose file another process deleted: they are in memory only again, and will be
   * rewritten.
   */
  void saveLost() {
    List<QueuedMessage> lost =
        Stream.concat(taken.stream(), head.stream())
            .filter(entry -> fate(entry) == Segment.Fate.LOST)
            .toList();
    for (int i = lost.size() - 1; i >= 0; i--) {
      toUnwritten(lost.get(i));
    }
    makeRoom();
  }

  /**
   * Drops messages whose file was deleted to keep {@code delivery.disk}, unless they are being
   * sent.
   */
  private void dropGone() {
    for (QueuedMessage entry :
        head.stream().filter(each -> fate(each) == Segment.Fate.DELETED).toList()) {
      finish(entry);
      head.left(entry);
      dropped.diskFull(entry.message(), config.diskBytes());
    }
  }

  /** Returns what happened to a message's file; there: it has none yet. */
  private static Segment.Fate fate(QueuedMessage entry) {
    QueuedMessage.Place place = entry.place();
    return place == null ? Segment.Fate.THERE : place.segment().fate();
  }

  /** Returns whether the head is low and the disk has more. */
  boolean isLow() {
    return onDisk && head.bytes() < headBytesMax / 2;
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
    return Math.max(0, Math.min(batchBytes, headRoom()));
  }

  /** Adds messages read from disk to the head. */
  void addRead(List<QueuedMessage> entries) {
    for (QueuedMessage entry : entries) {
      count(entry, 1);
      head.addLast(entry);
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

  /** Returns the points that no disk has, as far as is known: a write may hang. */
  long unsavedPoints() {
    return Stream.concat(
            unwritten.stream(),
            batch.stream().filter(each -> each.is(OnDisk.BATCH) && !each.is(InMemory.DONE)))
        .filter(entry -> entry.place() == null)
        .mapToLong(entry -> entry.message().points())
        .sum();
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
