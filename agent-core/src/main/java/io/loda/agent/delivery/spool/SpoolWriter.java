package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.segment.SegmentWriter;
import io.loda.agent.delivery.segment.SpoolRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Appends messages to the newest segment, numbers them, and keeps the file open. Blocks; one thread
 * at a time.
 */
final class SpoolWriter {

  /** The size of one write, unless a single message is larger. */
  static final int BATCH_BYTES = 1 << 20;

  private final long segmentBytes;
  private final SpoolClock clock;

  private @Nullable SegmentWriter file;
  private @Nullable ByteBuffer batch;
  private long nextSequence;
  private long nextPoints;

  SpoolWriter(long segmentBytes, SpoolClock clock) {
    this.segmentBytes = segmentBytes;
    this.clock = clock;
  }

  /** Sets the number of the next message, and the points before it. */
  void goOn(long sequence, long points) {
    nextSequence = sequence;
    nextPoints = points;
  }

  long nextSequence() {
    return nextSequence;
  }

  /** How many points were written before the next message. */
  long nextPoints() {
    return nextPoints;
  }

  /** The open segment; only while there is one. */
  Segment segment() {
    return Objects.requireNonNull(file).segment();
  }

  /** Returns whether a segment is open and takes {@code bytes} more. */
  boolean hasRoom(long bytes) {
    SegmentWriter current = file;
    return current != null
        && (current.segment().size() == 0 || current.segment().size() + bytes <= segmentBytes);
  }

  /** Begins a new segment, after it forced the one before to disk. */
  Segment begin(SpoolFolder folder) throws IOException {
    SegmentWriter current = file;
    if (current != null) {
      current.force();
      close();
    }
    SegmentWriter next =
        new SegmentWriter(
            new Segment(folder.segment(nextSequence, nextPoints), nextSequence, nextPoints));
    file = next;
    return next.segment();
  }

  /**
   * Writes messages to the open segment; they have a place afterwards.
   *
   * @param bytes of all their records
   * @throws IOException when none was written; the file is then closed
   */
  void write(List<QueuedMessage> entries, long bytes) throws IOException {
    SegmentWriter target = Objects.requireNonNull(file);
    ByteBuffer buffer = buffer(bytes);
    List<SpoolRecord> records = new ArrayList<>(entries.size());
    long sequence = nextSequence;
    long points = nextPoints;
    for (QueuedMessage entry : entries) {
      SpoolRecord record =
          new SpoolRecord(
              sequence,
              points,
              clock.millisAt(entry.sinceNanos()),
              entry.promised(),
              entry.message());
      record.write(buffer);
      records.add(record);
      sequence++;
      points += entry.message().points();
    }
    try {
      target.write(buffer.flip());
    } catch (IOException e) {
      close();
      throw e;
    }
    for (int i = 0; i < entries.size(); i++) {
      QueuedMessage entry = entries.get(i);
      SpoolRecord record = records.get(i);
      target.segment().appended(record, SpoolRecord.bytes(entry.message()), entry.handed);
      entry.place = new QueuedMessage.Place(target.segment(), record.sequence());
    }
    nextSequence = sequence;
    nextPoints = points;
  }

  private ByteBuffer buffer(long bytes) {
    if (bytes > BATCH_BYTES) {
      return ByteBuffer.allocate((int) bytes);
    }
    ByteBuffer buffer = batch;
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(BATCH_BYTES);
      batch = buffer;
    }
    return buffer.clear();
  }

  /** Forces to disk what was written. */
  void force() throws IOException {
    SegmentWriter current = file;
    if (current != null) {
      try {
        current.force();
      } catch (IOException e) {
        // after a failed force the file's state is unknown: go on in another one
        close();
        throw e;
      }
    }
  }

  /** Returns whether this is the open segment. */
  boolean isAt(Segment segment) {
    SegmentWriter current = file;
    return current != null && current.segment().equals(segment);
  }

  /** Closes the file; the next message goes to another one. */
  void close() {
    SegmentWriter current = file;
    file = null;
    try {
      if (current != null) {
        current.close();
      }
    } catch (IOException e) {
      // everything in it was written before
    }
  }
}
