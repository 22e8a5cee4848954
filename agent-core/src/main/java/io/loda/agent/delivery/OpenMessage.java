package io.loda.agent.delivery;

import io.loda.agent.output.Message;
import java.util.Arrays;

/** A message that points are still added to. */
final class OpenMessage {

  private static final byte[] NOTHING = {};
  private static final int SMALL = 64;

  private final String topic;
  private final Framing framing;
  private final long sinceNanos;
  private byte[] body = NOTHING;
  private int size;
  private int points;

  OpenMessage(String topic, Framing framing, long sinceNanos) {
    this.topic = topic;
    this.framing = framing;
    this.sinceNanos = sinceNanos;
  }

  String topic() {
    return topic;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  /** What it takes of the heap now. */
  int heldBytes() {
    return Footprint.ofOpen(topic, framing, body.length);
  }

  int points() {
    return points;
  }

  /** The finished message's size with one more point of so many bytes. */
  long sizeWith(int length) {
    return (long) size
        + (points == 0 ? framing.head().length : framing.separator().length)
        + length
        + framing.tail().length;
  }

  void append(byte[] bytes, int offset, int length) {
    byte[] first = points == 0 ? framing.head() : framing.separator();
    int tail = framing.tail().length;
    makeRoom(Math.addExact(Math.addExact(size, first.length), Math.addExact(length, tail)));
    write(first, 0, first.length);
    write(bytes, offset, length);
    points++;
  }

  Message seal() {
    write(framing.tail(), 0, framing.tail().length);
    return new Message(topic, body.length == size ? body : Arrays.copyOf(body, size), points);
  }

  /** Most topics have a point or two at a time: they take what they need, and no more. */
  private void makeRoom(int bytes) {
    if (body.length < bytes) {
      body = Arrays.copyOf(body, size == 0 ? (bytes + 7) & ~7 : Math.max(bytes, next(body.length)));
    }
  }

  private static int next(int length) {
    return Math.max(SMALL, (int) Math.min(Integer.MAX_VALUE - 16L, length * 2L));
  }

  private void write(byte[] bytes, int offset, int length) {
    System.arraycopy(bytes, offset, body, size, length);
    size += length;
  }
}
