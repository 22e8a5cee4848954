package io.loda.agent.delivery;

import io.loda.agent.output.Message;
import org.jspecify.annotations.Nullable;

/**
 * A message that waits, and where it stands. Its marks are changed under the lock of the queue that
 * it is in.
 */
public final class Entry {

  private final Message message;
  private final long timeMillis;
  private final long sinceNanos;

  /** In the spool, and where; null: in memory only. Set by the spool's worker. */
  volatile @Nullable Place place;

  /** Not waiting any more: delivered, refused or dropped. */
  boolean done;

  /** Given to who sends it, and not back. */
  boolean taken;

  /** Is, or was, in the part of memory that is sent from; so the spool needn't bring it. */
  boolean handed;

  /** Read from the spool rather than from memory. */
  boolean replayed;

  /** Which record of the spool. */
  record Place(Segment segment, long sequence) {}

  /**
   * A message.
   *
   * @param timeMillis by the wall clock, when its first point came
   * @param sinceNanos the same by the clock that nobody sets
   */
  Entry(Message message, long timeMillis, long sinceNanos) {
    this.message = message;
    this.timeMillis = timeMillis;
    this.sinceNanos = sinceNanos;
  }

  /** What is to be sent. */
  public Message message() {
    return message;
  }

  long timeMillis() {
    return timeMillis;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  int bytes() {
    return message.body().length;
  }
}
