package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.segment.SpoolRecord;
import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Appends messages to the newest segment, with one write for each batch; numbers them, and keeps
 * the file open. Blocks; one thread at a time.
 *
 * <p>It never appends to a file of an earlier process: what a kill left at the end is then damage
 * like any other, and the reader has one rule for it, which is to skip to the next whole record and
 * count the gap in the sequence.
 */
final class SpoolWriter {

  /** The size of one write, unless a single message is larger. */
  static final int BATCH_BYTES = 1 << 20;

  private final long segmentBytes;
  private final SpoolClock clock;

  private @Nullable Open open;
  private boolean dirty;
  private @Nullable ByteBuffer batch;
  private long nextSequence;
  private long nextPoints;

  /**
   * A segment that is appended to.
   *
   * @param key tells whether the file still has its name
   */
  private record Open(Segment segment, FileChannel channel, Object key) {

    static Open create(Segment segment) throws IOException {
      FileChannel channel =
          OwnFiles.open(segment.file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      try {
        return new Open(segment, channel, OwnFiles.key(segment.file()));
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    }
  }

  /** Another process deleted the file: the written messages have no name any more. */
  static final class DeletedException extends IOException {
    private static final long serialVersionUID = 1L;

    DeletedException(Path file) {
      super(file + " was deleted by another process");
    }
  }

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

  /** Returns how many points were written before the next message. */
  long nextPoints() {
    return nextPoints;
  }

  /** Returns the open segment; call it only while one is open. */
  Segment segment() {
    return Objects.requireNonNull(open).segment();
  }

  /** Returns whether a segment is open and takes {@code bytes} more. */
  boolean hasRoom(long bytes) {
    return open != null && (segment().size() == 0 || segment().size() + bytes <= segmentBytes);
  }

  /** Begins a new segment, after forcing the one before to disk. */
  Segment begin(SpoolFolder folder) throws IOException {
    if (open != null) {
      forceOpen(open);
      close();
    }
    open =
        Open.create(
            new Segment(folder.segment(nextSequence, nextPoints), nextSequence, nextPoints));
    return segment();
  }

  /**
   * Writes messages to the open segment; they have a place afterwards.
   *
   * @param bytes of all their records
   * @throws DeletedException when the file was deleted before they were written; it is then closed
   * @throws IOException when none was written; the file is then cut to what it was, and closed
   */
  void write(List<QueuedMessage> entries, long bytes) throws IOException {
    Segment target = segment();
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
      append(Objects.requireNonNull(open), buffer.flip());
    } catch (IOException e) {
      close();
      throw e;
    }
    for (int i = 0; i < entries.size(); i++) {
      QueuedMessage entry = entries.get(i);
      SpoolRecord record = records.get(i);
      // one that is behind can't change while it is written
      boolean stays = !entry.is(QueuedMessage.InMemory.BEHIND);
      target.appended(record, SpoolRecord.bytes(entry.message()), stays);
      entry.writtenTo(new QueuedMessage.Place(target, record.sequence()));
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

  private void append(Open target, ByteBuffer records) throws IOException {
    dirty = true;
    long at = target.segment().size();
    try {
      while (records.hasRemaining()) {
        at += target.channel().write(records, at);
      }
    } catch (IOException e) {
      target.channel().truncate(target.segment().size());
      throw e;
    }
    if (!OwnFiles.isAt(target.segment().file(), target.key())) {
      throw new DeletedException(target.segment().file());
    }
  }

  /** Forces to disk what was written. */
  void force() throws IOException {
    if (open != null) {
      try {
        forceOpen(open);
      } catch (IOException e) {
        // after a failed force the file's state is unknown: continue in a new one
        close();
        throw e;
      }
    }
  }

  private void forceOpen(Open current) throws IOException {
    if (dirty) {
      current.channel().force(false);
      dirty = false;
    }
  }

  /** Returns whether this is the open segment. */
  boolean isAt(Segment segment) {
    return open != null && open.segment().equals(segment);
  }

  /** Closes the file; the next message goes to another one. */
  void close() {
    Open current = open;
    open = null;
    dirty = false;
    try {
      if (current != null) {
        current.channel().close();
      }
    } catch (IOException e) {
      // all its messages were written before
    }
  }
}
