package io.loda.agent.delivery;

import io.loda.agent.delivery.spool.Footprint;
import io.loda.agent.point.Framing;
import io.loda.agent.point.Message;
import java.util.Arrays;

/** A message that still accepts points. */
final class OpenMessage {

  private static final byte[] NOTHING = {};
  private static final int SMALL = 64;

  private final String topic;
  private final Framing framing;
  private final boolean promised;
  private final long sinceNanos;
  private byte[] body = NOTHING;
  private int size;
  private int points;

  /**
   * The size of a message and of its array. The same arithmetic tells in advance how much room more
   * points need.
   */
  record Size(int bytes, int capacity, int points) {

    static final Size NONE = new Size(0, 0, 0);

    /** Returns the sealed size with one more point of {@code length} bytes. */
    long with(Framing framing, int length) {
      return (long) bytes + before(framing).length + length + framing.tail().length;
    }

    /**
     * Returns the size with one more point. Most topics have one or two points: the first one gets
     * no spare capacity.
     */
    Size append(Framing framing, int length) {
      int needed = Math.toIntExact(with(framing, length));
      int grown = capacity;
      if (capacity < needed) {
        grown = points == 0 ? (needed + 7) & ~7 : Math.max(needed, next(capacity));
      }
      return new Size(needed - framing.tail().length, grown, points + 1);
    }

    /** Returns the size after sealing. */
    long sealed(Framing framing) {
      return (long) bytes + framing.tail().length;
    }

    private byte[] before(Framing framing) {
      return points == 0 ? framing.head() : framing.separator();
    }

    private static int next(int length) {
      return Math.max(SMALL, (int) Math.min(Integer.MAX_VALUE - 16L, length * 2L));
    }
  }

  /**
   * An empty message.
   *
   * @param promised true: its points may not be dropped
   */
  OpenMessage(String topic, Framing framing, boolean promised, long sinceNanos) {
    this.topic = topic;
    this.framing = framing;
    this.promised = promised;
    this.sinceNanos = sinceNanos;
  }

  String topic() {
    return topic;
  }

  boolean promised() {
    return promised;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  /** Returns its heap bytes now. */
  int heldBytes() {
    return Footprint.ofOpen(topic, framing, body.length);
  }

  int points() {
    return points;
  }

  Size size() {
    return new Size(size, body.length, points);
  }

  /** Returns the sealed size with one more point of {@code length} bytes. */
  long sizeWith(int length) {
    return size().with(framing, length);
  }

  void append(byte[] bytes, int offset, int length) {
    byte[] first = size().before(framing);
    Size grown = size().append(framing, length);
    if (grown.capacity() > body.length) {
      body = Arrays.copyOf(body, grown.capacity());
    }
    write(first, 0, first.length);
    write(bytes, offset, length);
    points++;
  }

  Message seal() {
    write(framing.tail(), 0, framing.tail().length);
    return new Message(topic, body.length == size ? body : Arrays.copyOf(body, size), points);
  }

  private void write(byte[] bytes, int offset, int length) {
    System.arraycopy(bytes, offset, body, size, length);
    size += length;
  }
}
