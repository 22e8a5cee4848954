package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.point.Message;
import org.jspecify.annotations.Nullable;

/**
 * A message in a queue, and its state. The queue owns the flags: the page of package {@code
 * delivery.queue} draws the states, and says who may change what.
 */
public final class QueuedMessage {

  private static final byte[] NOTHING = {};

  private final long sinceNanos;
  private final int heldBytes;
  private final boolean promised;
  private Message message;

  /** Its place in the spool; null: it is in memory only. The spool's worker sets it. */
  public volatile @Nullable Place place;

  /** Delivered, refused or dropped. */
  public boolean done;

  /** In flight: the publisher has it. */
  public boolean taken;

  /** Is or was in the head of the queue: it stays in memory when written, and isn't read back. */
  public boolean handed;

  /** Read back from the spool. */
  public boolean replayed;

  /** Waiting to be written to the spool. */
  public boolean unwritten;

  /** Whether it still needs disk room: it is unwritten, or being written. */
  public boolean owed;

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

  /**
   * Creates a message.
   *
   * @param sinceNanos when its first point came, by {@link System#nanoTime}
   * @param promised true: a POST was told that it is accepted, so it isn't dropped to make room
   */
  public QueuedMessage(Message message, long sinceNanos, boolean promised) {
    this.promised = promised;
    this.message = message;
    this.sinceNanos = sinceNanos;
    this.heldBytes = Footprint.ofMessage(message.topic(), message.body().length);
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

  /** Returns the bytes of the body. */
  public int bytes() {
    return message.body().length;
  }

  /** Returns its heap bytes, which never change. */
  public int heldBytes() {
    return heldBytes;
  }

  /** Releases the body of a done message that is still in a lane. */
  public void letGo() {
    message = new Message(message.topic(), NOTHING, message.points());
  }
}
