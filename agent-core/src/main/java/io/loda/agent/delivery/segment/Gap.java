package io.loda.agent.delivery.segment;

import io.loda.agent.point.Message;
import java.nio.ByteBuffer;

/**
 * A record that replaces messages dropped from a segment to make room. It has no topic, and tells
 * the next number, so that the dropped messages don't count as damaged.
 *
 * @param sequence of the next record
 * @param points before that record
 */
public record Gap(long sequence, long points) {

  private static final int BYTES = 2 * Long.BYTES;

  /** Returns the record of this gap. */
  public SpoolRecord record(long firstSequence, long pointsBefore, long timeMillis) {
    byte[] body = ByteBuffer.allocate(BYTES).putLong(sequence).putLong(points).array();
    return new SpoolRecord(
        firstSequence, pointsBefore, timeMillis, false, new Message("", body, 0));
  }

  /** Returns whether a record is a gap. */
  public static boolean is(SpoolRecord record) {
    return record.message().topic().isEmpty() && record.message().body().length == BYTES;
  }

  /** Reads the gap from its record. */
  static Gap of(SpoolRecord record) {
    ByteBuffer body = ByteBuffer.wrap(record.message().body());
    return new Gap(body.getLong(), body.getLong());
  }
}
