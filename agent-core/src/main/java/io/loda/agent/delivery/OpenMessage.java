package io.loda.agent.delivery;

import io.loda.agent.output.Message;
import java.io.ByteArrayOutputStream;

/** A message that points are still added to. */
final class OpenMessage {

  private final String topic;
  private final Framing framing;
  private final long sinceNanos;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream(512);
  private int points;

  OpenMessage(String topic, Framing framing, long sinceNanos) {
    this.topic = topic;
    this.framing = framing;
    this.sinceNanos = sinceNanos;
    body.writeBytes(framing.head());
  }

  String topic() {
    return topic;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  int size() {
    return body.size();
  }

  /** The finished message's size with one more point. */
  long sizeWith(int pointBytes) {
    return (long) body.size() + framing.separator().length + pointBytes + framing.tail().length;
  }

  void append(byte[] array, int start, int length) {
    if (points > 0) {
      body.writeBytes(framing.separator());
    }
    body.write(array, start, length);
    points++;
  }

  Message seal() {
    body.writeBytes(framing.tail());
    return new Message(topic, body.toByteArray(), points);
  }
}
