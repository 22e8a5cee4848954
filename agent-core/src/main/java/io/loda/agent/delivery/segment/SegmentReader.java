package io.loda.agent.delivery.segment;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Reads the whole records of a segment, and skips damaged bytes. Blocks; one thread. */
public final class SegmentReader implements Closeable {

  private static final int CHUNK = 64 * 1024;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final FileChannel channel;
  private ByteBuffer buffer = NOTHING;
  private long bufferStart;

  /** A record, its offset, and the offset behind it. */
  public record Found(SpoolRecord record, long offset, long end) {

    /** Returns the position of the next record, if none is missing. */
    public Segment.Position behind() {
      if (Gap.is(record)) {
        Gap gap = Gap.of(record);
        return new Segment.Position(end, gap.sequence(), gap.points());
      }
      return new Segment.Position(
          end, record.sequence() + 1, record.pointsBefore() + record.message().points());
    }
  }

  public SegmentReader(Path file) throws IOException {
    channel = FileChannel.open(file, StandardOpenOption.READ);
  }

  public long size() throws IOException {
    return channel.size();
  }

  /** Returns the first whole record from an offset up to an end; null: there is none. */
  public @Nullable Found next(long offset, long end) throws IOException {
    for (long at = offset; at + SpoolRecord.MIN_BYTES <= end; at++) {
      if (!fill(at, SpoolRecord.MIN_BYTES)) {
        return null;
      }
      int length = SpoolRecord.lengthAt(buffer, (int) (at - bufferStart));
      if (length > 0 && at + length <= end && fill(at, length)) {
        SpoolRecord record = SpoolRecord.read(buffer, (int) (at - bufferStart));
        if (record != null) {
          return new Found(record, at, at + length);
        }
      }
    }
    return null;
  }

  /** Estimates how many messages a damaged range has, at least one. */
  public Segment.Lacking damaged(long offset, long end) throws IOException {
    long messages = 0;
    long points = 0;
    for (long at = offset;
        at + SpoolRecord.MIN_BYTES <= end && fill(at, SpoolRecord.MIN_BYTES);
        at++) {
      if (SpoolRecord.lengthAt(buffer, (int) (at - bufferStart)) > 0) {
        messages++;
        points += SpoolRecord.pointsAt(buffer, (int) (at - bufferStart));
      }
    }
    return new Segment.Lacking(Math.max(1, messages), points);
  }

  /** Reads {@code bytes} from an offset into the buffer; returns false when the file is shorter. */
  private boolean fill(long offset, int bytes) throws IOException {
    if (offset >= bufferStart && offset + bytes <= bufferStart + buffer.limit()) {
      return true;
    }
    if (buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocate(Math.max(CHUNK, bytes));
    }
    // after a failed read the buffer's content is unusable
    ByteBuffer target = buffer.clear();
    buffer = NOTHING;
    bufferStart = offset;
    while (target.hasRemaining()) {
      if (channel.read(target, offset + target.position()) < 0) {
        break;
      }
    }
    buffer = target.flip();
    return buffer.limit() >= bytes;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
