package io.loda.agent.delivery.queue;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.Entry;
import io.loda.agent.delivery.spool.Footprint;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What of a queue is in memory, in its order and bounded in bytes. Under the lock of the queue.
 *
 * <p>In order these are: what was taken, {@code head} (sent from), what is only on disk, {@code
 * behind} (memory that isn't on disk yet). All of it that no disk has is also in {@code unwritten};
 * what of that is old goes to disk, wherever it stands.
 */
final class SpillMemory {

  private static final long BATCH_BYTES = 1 << 20;

  private final AgentConfig.Delivery config;
  private final Dropped dropped;
  private final long headBytesMax;
  private final long batchBytes;

  private final Lane head = new Lane();
  private final Lane behind = new Lane();
  private final Lane unwritten = new Lane();
  private final Droppable droppable = new Droppable();
  private final Set<Entry> taken = new LinkedHashSet<>();
  private List<Entry.Place> done = new ArrayList<>();
  private long gathered;
  private long headBytes;
  private long behindBytes;
  private long bytes;
  private long points;

  /** Of those, what was read from disk to be sent: it drops nothing, or a full disk would. */
  private long replayedBytes;

  /** Of those, what the disk is yet to take. */
  private long owedBytes;

  private boolean onDisk;

  SpillMemory(AgentConfig.Delivery config, Dropped dropped) {
    this.config = config;
    this.dropped = dropped;
    this.headBytesMax = config.memoryBytes() / 2;
    this.batchBytes = Math.min(BATCH_BYTES, config.memoryBytes() / 4);
  }

  /** Puts messages at the end; true: more is held than may be, and nothing may be dropped. */
  boolean add(List<Entry> entries, long gatheredBytes) {
    gathered = gatheredBytes;
    for (Entry entry : entries) {
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
        behindBytes += Footprint.inSpool(entry);
      }
    }
    makeRoom();
    return isOver();
  }

  private boolean isOver() {
    return heldBytes() - replayedBytes > config.memoryBytes();
  }

  private void owe(Entry entry) {
    if (!entry.owed) {
      entry.owed = true;
      owedBytes += Footprint.inSpool(entry);
    }
  }

  private void oweNoMore(Entry entry) {
    if (entry.owed) {
      entry.owed = false;
      owedBytes -= Footprint.inSpool(entry);
    }
  }

  private void count(Entry entry) {
    bytes += Footprint.inSpool(entry);
    if (entry.replayed) {
      replayedBytes += Footprint.inSpool(entry);
    }
    points += entry.message().points();
  }

  private void forget(Entry entry) {
    bytes -= Footprint.inSpool(entry);
    if (entry.replayed) {
      replayedBytes -= Footprint.inSpool(entry);
    }
    points -= entry.message().points();
  }

  private void toHead(Entry entry) {
    entry.handed = true;
    head.addLast(entry);
    headBytes += Footprint.inSpool(entry);
  }

  /** Drops of what is in memory only and that nobody sends just now. */
  private void makeRoom() {
    while (isOver()) {
      Entry next = droppable.next();
      if (next == null) {
        return;
      }
      droppable.remove(next);
      if (next.handed) {
        headBytes -= Footprint.inSpool(next);
      } else {
        behindBytes -= Footprint.inSpool(next);
      }
      isDone(next);
      (next.handed ? head : behind).left();
      dropped.memoryFull(next.message(), config.memoryBytes());
      next.letGo();
    }
  }

  private void isDone(Entry entry) {
    entry.done = true;
    forget(entry);
    if (entry.unwritten) {
      unwritten.left();
      oweNoMore(entry);
    }
  }

  /** All that is held, gathered points and what is known of topics included. */
  private long heldBytes() {
    return bytes + droppable.topicBytes() + gathered;
  }

  /** The next message that is sent; null when none is in memory in its turn. */
  @Nullable Entry take() {
    if (headBytes < headBytesMax / 2 && (!onDisk || config.newestFirst())) {
      headFromBehind();
    }
    Entry next = head.pollFirst();
    if (next != null) {
      headBytes -= Footprint.inSpool(next);
      next.taken = true;
      droppable.remove(next);
      taken.add(next);
    }
    return next;
  }

  private void headFromBehind() {
    while (headBytes < headBytesMax) {
      Entry entry = behind.pollFirst();
      if (entry == null) {
        return;
      }
      behindBytes -= Footprint.inSpool(entry);
      toHead(entry);
    }
  }

  /** Messages that were taken go back to the front, in this order. */
  void back(List<Entry> entries) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.get(i);
      if (taken.remove(entry)) {
        entry.taken = false;
        if (isGone(entry)) {
          toUnwritten(entry);
        }
        if (entry.unwritten) {
          droppable.addFirst(entry);
        }
        head.addFirst(entry);
        headBytes += Footprint.inSpool(entry);
      }
    }
  }

  /** A message that was taken needn't wait any more. */
  void done(Entry entry) {
    if (taken.remove(entry)) {
      isDone(entry);
      Entry.Place place = entry.place;
      if (place != null) {
        done.add(place);
      }
      if (entry.unwritten) {
        entry.letGo();
      }
    }
  }

  /** How many messages on disk are done, and not handed out yet. */
  int doneCount() {
    return done.size();
  }

  /** What is done and on disk, for the spool; each is handed out once. */
  List<Entry.Place> takeDone() {
    List<Entry.Place> places = done;
    done = new ArrayList<>();
    return places;
  }

  /**
   * Whether so many bytes more may be promised. What was read from disk to be sent comes on top, or
   * an output that takes nothing would leave no room, however much the disk has.
   *
   * @param diskTakes false: what may be dropped gives way, as it won't get to the disk
   */
  boolean hasRoom(long more, boolean diskTakes) {
    long givesWay = diskTakes ? 0 : droppable.bytes();
    return heldBytes() - replayedBytes - givesWay + more
        <= Footprint.forPromised(config.memoryBytes());
  }

  /** What the disk is yet to take, if the output takes nothing: of it, it needs less there. */
  long owedBytes() {
    return owedBytes + gathered;
  }

  /** Whether enough waits behind the head that it is worth a write. */
  boolean hasBatch() {
    return behindBytes >= batchBytes;
  }

  /** What no disk has, the oldest; null: there is none. */
  @Nullable Entry oldestUnwritten() {
    return unwritten.peekFirst();
  }

  /**
   * Hands out all that no disk has, to be written; then it's {@link #written}. What isn't in the
   * head leaves memory by that.
   */
  List<Entry> takeUnwritten() {
    List<Entry> batch = new ArrayList<>();
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

  /** Sorts out which of a batch are on disk now, and which are not. */
  void written(List<Entry> batch) {
    for (int i = batch.size() - 1; i >= 0; i--) {
      Entry entry = batch.get(i);
      Entry.Place place = entry.place;
      if (place != null || entry.done) {
        oweNoMore(entry);
      }
      if (place == null) {
        // one whose file went meanwhile, and that came back, stands there already
        if (!entry.done && !entry.unwritten) {
          unwritten.addFirst(entry);
          entry.unwritten = true;
          if (!entry.taken) {
            droppable.addFirst(entry);
          }
          if (!entry.handed) {
            behind.addFirst(entry);
            behindBytes += Footprint.inSpool(entry);
          }
        }
      } else if (entry.done) {
        done.add(place);
      } else if (!entry.handed) {
        forget(entry);
        if (place.equals(Entry.Place.NOWHERE)) {
          dropped.diskFull(entry.message(), config.diskBytes());
        }
      }
    }
    dropGone();
    makeRoom();
  }

  private void toUnwritten(Entry entry) {
    entry.place = null;
    unwritten.addFirst(entry);
    entry.unwritten = true;
    owe(entry);
  }

  /** What was in a file that somebody else deleted is in memory only: it is written again. */
  void saveLost() {
    List<Entry> lost = new ArrayList<>();
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

  private static void addLost(Entry entry, List<Entry> lost) {
    Entry.Place place = entry.place;
    if (place != null && place.segment().fate() == Segment.Fate.LOST) {
      lost.add(entry);
    }
  }

  /** What was in a file that went for delivery.disk goes too, unless it is just being sent. */
  private void dropGone() {
    head.removeIf(
        entry -> {
          Entry.Place place = entry.place;
          if (place == null || place.segment().fate() != Segment.Fate.DELETED) {
            return false;
          }
          headBytes -= Footprint.inSpool(entry);
          isDone(entry);
          dropped.diskFull(entry.message(), config.diskBytes());
          return true;
        });
  }

  private static boolean isGone(Entry entry) {
    Entry.Place place = entry.place;
    return place != null && place.segment().fate() != Segment.Fate.THERE;
  }

  /** Whether the disk is to bring more; it has some. */
  boolean isLow() {
    return onDisk && headBytes < headBytesMax / 2;
  }

  /** How many bytes the disk is to bring now; 0: none. */
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
      // it comes on top of all else; as those are delivered, more is read
      return 0;
    }
    return Math.min(batchBytes, headBytesMax - headBytes);
  }

  /** Takes what the disk brought. */
  void addRead(List<Entry> entries) {
    for (Entry entry : entries) {
      count(entry);
      toHead(entry);
    }
  }

  /** Takes note of whether the disk has messages that aren't in memory. */
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

  /** When the oldest that is here came; empty: there is nothing. */
  OptionalLong oldestSinceNanos() {
    return Stream.of(
            taken.stream(),
            Stream.ofNullable(head.peekFirst()),
            Stream.ofNullable(unwritten.peekFirst()))
        .flatMap(first -> first)
        .mapToLong(Entry::sinceNanos)
        .min();
  }
}
