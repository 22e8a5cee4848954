package io.loda.agent.delivery.segment;

import io.loda.agent.point.Message;
import java.nio.ByteBuffer;

/**
 * Stands in a segment for messages that were dropped from it to make room: a record without a topic
 * that tells the next number, so that they don't count as damaged.
 *
 * @param sequence of the next record
 * @param points before that
 */
public record Gap(long sequence, long points) {

  private static final int BYTES = 2 * Long.BYTES;

  /** The record of this gap. */
  public SpoolRecord record(long firstSequence, long pointsBefore, long timeMillis) {
    byte[] body = ByteBuffer.allocate(BYTES).putLong(sequence).putLong(points).array();
    return new SpoolRecord(
        firstSequence, pointsBefore, timeMillis, false, new Message("", body, 0));
  }

  /** Returns whether a record is a gap. */
  public static boolean is(SpoolRecord record) {
    return record.message().topic().isEmpty() && record.message().body().length == BYTES;
  }

  /** Reads the gap of a record that is one. */
  static Gap of(SpoolRecord record) {
    ByteBuffer body = ByteBuffer.wrap(record.message().body());
    return new Gap(body.getLong(), body.getLong());
  }
}
