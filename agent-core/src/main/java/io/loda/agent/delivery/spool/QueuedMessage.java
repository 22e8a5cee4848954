package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.point.Message;
import org.jspecify.annotations.Nullable;

/**
 * A message in a queue, and its two states. The page of package {@code delivery.queue} draws them,
 * and says who changes what. A wrong change throws {@link IllegalStateException}.
 */
public final class QueuedMessage {

  /** Its place in memory. */
  public enum InMemory {
    /** It waits behind those on disk; when it is written, it leaves memory. */
    BEHIND,
    /** It is one of the next to send, and stays in memory until it is done. */
    HEAD,
    /** It is in flight: the publisher has it. */
    TAKEN,
    /** It was delivered, refused or dropped. */
    DONE
  }

  /** What the spool has of it. */
  public enum OnDisk {
    /** It is in memory only. */
    UNWRITTEN,
    /** The worker writes it. */
    BATCH,
    /** It is a record of the spool, or was dropped for lack of room there. */
    STORED,
    /** It was done before it was written, so it never will be. */
    UNNEEDED
  }

  private static final byte[] NOTHING = {};

  private final long sinceNanos;
  private final int heldBytes;
  private final boolean promised;
  private final boolean replayed;
  private Message message;
  private InMemory inMemory;
  private OnDisk onDisk;
  private volatile @Nullable Place place;

  /** Its neighbours in its topic's list in {@code Droppable}; null: it isn't there. */
  public @Nullable QueuedMessage before;

  public @Nullable QueuedMessage after;

  /** Its age in {@code Droppable}: the lower, the older. */
  public long order;

  /** A record of the spool. */
  public record Place(Segment segment, long sequence) {

    /** The place of a message for which the spool had no room: it is dropped. */
    public static final Place NOWHERE = new Place(Segment.deleted(), 0);
  }

  private QueuedMessage(
      Message message, long sinceNanos, boolean promised, @Nullable Place readFrom) {
    this.promised = promised;
    this.message = message;
    this.sinceNanos = sinceNanos;
    this.heldBytes = Footprint.ofMessage(message.topic(), message.body().length);
    this.replayed = readFrom != null;
    this.place = readFrom;
    this.inMemory = replayed ? InMemory.HEAD : InMemory.BEHIND;
    this.onDisk = replayed ? OnDisk.STORED : OnDisk.UNWRITTEN;
  }

  /**
   * Creates a new message: behind and unwritten.
   *
   * @param sinceNanos when its first point came, by {@link System#nanoTime}
   * @param promised true: a POST was told that it is accepted, so it isn't dropped to make room
   */
  public QueuedMessage(Message message, long sinceNanos, boolean promised) {
    this(message, sinceNanos, promised, null);
  }

  /** Creates a message that was read back from the spool: in the head, and stored. */
  public static QueuedMessage read(
      Message message, long sinceNanos, boolean promised, Place readFrom) {
    return new QueuedMessage(message, sinceNanos, promised, readFrom);
  }

  /** Creates an entry that is no message but the end of a topic's list. */
  public static QueuedMessage sentinel(String topic) {
    return new QueuedMessage(new Message(topic, NOTHING, 0), 0, false);
  }

  public Message message() {
    return message;
  }

  public boolean promised() {
    return promised;
  }

  public long sinceNanos() {
    return sinceNanos;
  }

  /** Returns whether it was read back from the spool. */
  public boolean replayed() {
    return replayed;
  }

  /** Returns the bytes of the body. */
  public int bytes() {
    return message.body().length;
  }

  /** Returns its heap bytes, which never change. */
  public int heldBytes() {
    return heldBytes;
  }

  public boolean is(InMemory state) {
    return inMemory == state;
  }

  public boolean is(OnDisk state) {
    return onDisk == state;
  }

  /** Returns its place in the spool; null: it has none. Any thread. */
  public @Nullable Place place() {
    return place;
  }

  /** Notes that it is one of the next to send. */
  public void toHead() {
    change(inMemory == InMemory.BEHIND && onDisk == OnDisk.UNWRITTEN, "HEAD");
    inMemory = InMemory.HEAD;
  }

  /** Notes that the publisher has it. */
  public void take() {
    change(inMemory == InMemory.HEAD, "TAKEN");
    inMemory = InMemory.TAKEN;
  }

  /** Notes that the publisher gave it back. */
  public void giveBack() {
    change(inMemory == InMemory.TAKEN, "HEAD again");
    inMemory = InMemory.HEAD;
  }

  /**
   * Notes that it was delivered, refused or dropped. The body of one that isn't written is
   * released: lanes may have it for a while.
   */
  public void finish() {
    change(inMemory != InMemory.DONE, "DONE");
    inMemory = InMemory.DONE;
    if (onDisk == OnDisk.UNWRITTEN) {
      onDisk = OnDisk.UNNEEDED;
      message = new Message(message.topic(), NOTHING, message.points());
    }
  }

  /** Notes that it is being written. */
  public void toBatch() {
    change(inMemory != InMemory.DONE && onDisk == OnDisk.UNWRITTEN, "BATCH");
    onDisk = OnDisk.BATCH;
  }

  /** Sets where it was written. Only the spool's worker calls it, as it writes. */
  public void writtenTo(Place written) {
    change(place == null, "written");
    place = written;
  }

  /**
   * Ends its write: it is stored if it has a place, else unwritten again, or unneeded if it is
   * done.
   */
  public void endBatch() {
    change(onDisk == OnDisk.BATCH, "STORED");
    onDisk = place != null ? OnDisk.STORED : OnDisk.UNWRITTEN;
    if (onDisk == OnDisk.UNWRITTEN && inMemory == InMemory.DONE) {
      onDisk = OnDisk.UNNEEDED;
    }
  }

  /** Notes that its place is gone: it must be written again. */
  public void lose() {
    change(inMemory != InMemory.DONE && place != null, "UNWRITTEN");
    place = null;
    onDisk = OnDisk.UNWRITTEN;
  }

  private void change(boolean allowed, String to) {
    if (!allowed) {
      throw new IllegalStateException(
          "a message that is %s and %s can't become %s".formatted(inMemory, onDisk, to));
    }
  }
}
