package io.loda.agent.delivery;

import io.loda.agent.output.Message;
import java.util.Arrays;

/** A message that points are still added to. */
final class OpenMessage {

  private final String topic;
  private final Framing framing;
  private final long sinceNanos;
  private byte[] body = new byte[512];
  private int size;
  private int points;

  OpenMessage(String topic, Framing framing, long sinceNanos) {
    this.topic = topic;
    this.framing = framing;
    this.sinceNanos = sinceNanos;
    write(framing.head(), 0, framing.head().length);
  }

  String topic() {
    return topic;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  int size() {
    return size;
  }

  int points() {
    return points;
  }

  /** The finished message's size with one more point of so many bytes. */
  long sizeWith(int length) {
    return (long) size + framing.separator().length + length + framing.tail().length;
  }

  void append(byte[] bytes, int offset, int length) {
    if (points > 0) {
      write(framing.separator(), 0, framing.separator().length);
    }
    write(bytes, offset, length);
    points++;
  }

  Message seal() {
    write(framing.tail(), 0, framing.tail().length);
    return new Message(topic, Arrays.copyOf(body, size), points);
  }

  private void write(byte[] bytes, int offset, int length) {
    if (body.length - size < length) {
      body = Arrays.copyOf(body, Math.max(Math.addExact(size, length), body.length * 2));
    }
    System.arraycopy(bytes, offset, body, size, length);
    size += length;
  }
}
