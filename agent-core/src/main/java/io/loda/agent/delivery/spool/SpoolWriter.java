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
 * Writes messages at the end of a spool, numbered one after the other, and keeps the newest file
 * open. Blocks; one thread at a time.
 */
final class SpoolWriter {

  /** How much is written at once, where no message is larger. */
  static final int BATCH_BYTES = 1 << 20;

  private final long segmentBytes;
  private final SpoolClock clock;

  private @Nullable SegmentWriter file;
  private @Nullable ByteBuffer batch;
  private long nextSequence;
  private long nextPoints;

  /** Writes files of about so many bytes. */
  SpoolWriter(long segmentBytes, SpoolClock clock) {
    this.segmentBytes = segmentBytes;
    this.clock = clock;
  }

  /** Numbers what follows from here. */
  void goOn(long sequence, long points) {
    nextSequence = sequence;
    nextPoints = points;
  }

  long nextSequence() {
    return nextSequence;
  }

  /** How many points were written. */
  long nextPoints() {
    return nextPoints;
  }

  /** The file that is open. */
  Segment segment() {
    return Objects.requireNonNull(file).segment();
  }

  /** Whether so many bytes are to go to the file that is open. */
  boolean hasRoom(long bytes) {
    SegmentWriter current = file;
    return current != null
        && (current.segment().size() == 0 || current.segment().size() + bytes <= segmentBytes);
  }

  /** Begins a new file; the one before outlives the host from now on. */
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
   * Writes messages to the file that is open; they have a place afterwards.
   *
   * @param bytes of all their records
   * @throws IOException when they aren't written; the file is closed, and as before
   */
  void write(List<Entry> entries, long bytes) throws IOException {
    SegmentWriter target = Objects.requireNonNull(file);
    ByteBuffer buffer = buffer(bytes);
    List<SpoolRecord> records = new ArrayList<>(entries.size());
    long sequence = nextSequence;
    long points = nextPoints;
    for (Entry entry : entries) {
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
      Entry entry = entries.get(i);
      SpoolRecord record = records.get(i);
      target.segment().appended(record, SpoolRecord.bytes(entry.message()), entry.handed);
      entry.place = new Entry.Place(target.segment(), record.sequence());
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

  /** Makes everything that was written outlive the host. */
  void force() throws IOException {
    SegmentWriter current = file;
    if (current != null) {
      try {
        current.force();
      } catch (IOException e) {
        // what a failed force leaves behind nobody knows: another file
        close();
        throw e;
      }
    }
  }

  /** Whether this is the segment that is written to. */
  boolean isAt(Segment segment) {
    SegmentWriter current = file;
    return current != null && current.segment().equals(segment);
  }

  /** Closes the file; what comes next goes to another. */
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
