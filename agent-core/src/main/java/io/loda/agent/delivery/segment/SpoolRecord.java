package io.loda.agent.delivery.segment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.point.Message;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A message as written in the spool: {@code mark, length, CRC32C | sequence, points before, time,
 * points, topic's length, topic, payload}. The length counts what follows the checksum; the
 * checksum covers the length and what follows. All numbers are big-endian.
 *
 * <p>The mark has bytes that no text has, so that finding the next whole record after damage costs
 * a comparison for each byte and not a checksum.
 *
 * @param sequence the message's number; a jump means that messages are lost
 * @param pointsBefore the points of all messages before it
 * @param timeMillis when its first point came, by the {@code SpoolClock}
 * @param promised whether it may not be dropped to make room: the first bit of the topic's length
 */
public record SpoolRecord(
    long sequence, long pointsBefore, long timeMillis, boolean promised, Message message) {

  /** A mark that no UTF-8 text contains: a reader finds the next record by it. */
  private static final int MARK = 0xF5F6F7F8;

  private static final int LENGTH = 4;
  private static final int CRC = 8;
  private static final int BODY = 12;
  private static final int POINTS = BODY + 8 + 8 + 8;
  private static final int FIXED = 8 + 8 + 8 + 4 + 2;
  private static final int PROMISED = 0x8000;

  /** The smallest record. */
  public static final int MIN_BYTES = BODY + FIXED;

  /** Returns the size of a message's record. */
  public static int bytes(Message message) {
    return MIN_BYTES + message.topic().getBytes(UTF_8).length + message.body().length;
  }

  public void write(ByteBuffer target) {
    int start = target.position();
    byte[] topic = message.topic().getBytes(UTF_8);
    int length = FIXED + topic.length + message.body().length;
    target.putInt(MARK).putInt(length).putInt(0);
    target.putLong(sequence).putLong(pointsBefore).putLong(timeMillis);
    target.putInt(message.points());
    target.putShort((short) (topic.length | (promised ? PROMISED : 0)));
    target.put(topic).put(message.body());
    target.putInt(start + CRC, checksum(target, start, length));
  }

  /** Returns the length of the record that may begin here; 0: none does. */
  static int lengthAt(ByteBuffer source, int at) {
    if (source.getInt(at) != MARK) {
      return 0;
    }
    int length = source.getInt(at + LENGTH);
    return length < FIXED || length > Integer.MAX_VALUE - BODY ? 0 : BODY + length;
  }

  /** Returns the points of the record that may begin here, even if it is damaged: at least one. */
  static int pointsAt(ByteBuffer source, int at) {
    int points = source.getInt(at + POINTS);
    return points < 1 || points > source.getInt(at + LENGTH) ? 1 : points;
  }

  /** Returns the record that begins here; null: it is damaged. */
  static @Nullable SpoolRecord read(ByteBuffer source, int at) {
    int length = source.getInt(at + LENGTH);
    if (source.getInt(at + CRC) != checksum(source, at, length)) {
      return null;
    }
    ByteBuffer body = source.duplicate();
    body.limit(at + BODY + length).position(at + BODY);
    long sequence = body.getLong();
    long pointsBefore = body.getLong();
    long timeMillis = body.getLong();
    int points = body.getInt();
    int topicLength = Short.toUnsignedInt(body.getShort());
    boolean promised = (topicLength & PROMISED) != 0;
    byte[] topic = new byte[topicLength & ~PROMISED];
    if (topic.length > body.remaining()) {
      return null;
    }
    body.get(topic);
    byte[] payload = new byte[body.remaining()];
    body.get(payload);
    return new SpoolRecord(
        sequence,
        pointsBefore,
        timeMillis,
        promised,
        new Message(new String(topic, UTF_8), payload, points));
  }

  private static int checksum(ByteBuffer buffer, int start, int length) {
    CRC32C crc = new CRC32C();
    ByteBuffer part = buffer.duplicate();
    part.limit(start + CRC).position(start + LENGTH);
    crc.update(part);
    part.limit(start + BODY + length).position(start + BODY);
    crc.update(part);
    return (int) crc.getValue();
  }
}
