package io.loda.agent.delivery;

import io.loda.agent.files.OwnFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How far the spool has been delivered. Two slots with checksums, written in turn, so that one is
 * whole whenever the host stops; allocated at once, so that a full disk can be drained. Blocks.
 */
final class CursorFile implements Closeable {

  private static final int SLOT = 4096;
  private static final int BYTES = 6 * Long.BYTES;

  private final FileChannel channel;
  private long generation;
  private @Nullable Cursor last;

  /**
   * Everything in this segment before this position is done; of other segments it says nothing.
   *
   * @param segment its first sequence
   */
  record Cursor(long segment, Segment.Position position) {}

  CursorFile(Path file) throws IOException {
    channel =
        OwnFiles.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (channel.size() < 2 * SLOT) {
        channel.write(ByteBuffer.allocate(2 * SLOT), 0);
        channel.force(true);
      }
      readSlot(0);
      readSlot(1);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** What was written last; null when there is nothing, or neither slot is whole. */
  @Nullable Cursor last() {
    return last;
  }

  /** Writes and forces it, unless it is what was written last. */
  void write(Cursor cursor) throws IOException {
    if (cursor.equals(last)) {
      return;
    }
    ByteBuffer slot = ByteBuffer.allocate(BYTES);
    slot.putLong(generation + 1).putLong(cursor.segment()).putLong(cursor.position().offset());
    slot.putLong(cursor.position().sequence()).putLong(cursor.position().points());
    slot.putLong(checksum(slot)).flip();
    channel.write(slot, (generation + 1) % 2 * SLOT);
    channel.force(false);
    generation++;
    last = cursor;
  }

  private void readSlot(int number) throws IOException {
    ByteBuffer slot = ByteBuffer.allocate(BYTES);
    if (channel.read(slot, (long) number * SLOT) < BYTES) {
      return;
    }
    long found = slot.getLong(0);
    if (slot.getLong(BYTES - Long.BYTES) == checksum(slot) && found > generation) {
      generation = found;
      last =
          new Cursor(
              slot.getLong(8),
              new Segment.Position(slot.getLong(16), slot.getLong(24), slot.getLong(32)));
    }
  }

  private static long checksum(ByteBuffer slot) {
    CRC32C crc = new CRC32C();
    crc.update(slot.duplicate().position(0).limit(BYTES - Long.BYTES));
    return crc.getValue();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
