package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.point.Message;
import org.jspecify.annotations.Nullable;

/**
 * A message that waits, and where it stands. Its marks are changed under the lock of the queue that
 * it is in.
 */
public final class Entry {

  private static final byte[] NOTHING = {};

  private final long sinceNanos;
  private final int heldBytes;
  private final boolean promised;
  private Message message;

  /** In the spool, and where; null: in memory only. Set by the spool's worker. */
  public volatile @Nullable Place place;

  /** Not waiting any more: delivered, refused or dropped. */
  public boolean done;

  /** Given to who sends it, and not back. */
  public boolean taken;

  /** Is, or was, in the part of memory that is sent from; so the spool needn't bring it. */
  public boolean handed;

  /** Read from the spool rather than from memory. */
  public boolean replayed;

  /** Waits to be written to the spool. */
  public boolean unwritten;

  /** Is counted as what the disk is yet to take. */
  public boolean owed;

  /** Its neighbours among what may be dropped of its topic; null: it may not. */
  public @Nullable Entry before;

  public @Nullable Entry after;

  /** Which came first, of what may be dropped. */
  public long order;

  /** Which record of the spool. */
  public record Place(Segment segment, long sequence) {

    /** Of what the spool has no room for, and that may be dropped. */
    public static final Place NOWHERE = new Place(Segment.deleted(), 0);
  }

  /** A message that may be dropped. */
  public Entry(Message message, long sinceNanos) {
    this(message, sinceNanos, false);
  }

  /**
   * A message.
   *
   * @param sinceNanos when its first point came, by the clock that nobody sets
   * @param promised whether somebody was told that it was taken: then nothing drops it to make room
   */
  public Entry(Message message, long sinceNanos, boolean promised) {
    this.promised = promised;
    this.message = message;
    this.sinceNanos = sinceNanos;
    this.heldBytes = Footprint.ofMessage(message.topic(), message.body().length);
  }

  /** One that stands for a topic, and is no message. */
  public static Entry sentinel(String topic) {
    return new Entry(new Message(topic, NOTHING, 0), 0);
  }

  /** What is to be sent. */
  public Message message() {
    return message;
  }

  public boolean promised() {
    return promised;
  }

  public long sinceNanos() {
    return sinceNanos;
  }

  /** What is sent. */
  public int bytes() {
    return message.body().length;
  }

  /** What it takes of the heap. It is the same from its beginning to its end. */
  public int heldBytes() {
    return heldBytes;
  }

  /** Lets its bytes go: nobody will send them any more, but it still stands in a queue. */
  public void letGo() {
    message = new Message(message.topic(), NOTHING, message.points());
  }
}
