package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.DoneRanges;
import io.loda.common.files.OwnFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The cursor: which messages of the spool are done, and the number of the next. Three slots with
 * checksums: two are forced to disk in turn, so that one is whole after a power failure; the third
 * takes the writes in between, which survive a kill only. The newest whole slot counts. Allocated
 * at once, so that a full disk can be drained. Blocks; one thread.
 */
final class CursorFile implements Closeable {

  private static final int SLOT = 32 * 1024;
  private static final int FORCED_SLOTS = 2;
  private static final int SLOTS = FORCED_SLOTS + 1;
  private static final int HEAD = Long.BYTES + Integer.BYTES;
  private static final int FIXED = 7 * Long.BYTES + Integer.BYTES;
  private static final int RANGE = 4 * Long.BYTES;

  /** Later ranges aren't saved: after a restart their messages are sent twice. */
  private static final int MOST_RANGES = (SLOT - HEAD - FIXED) / RANGE;

  /** How often the time is saved while messages wait and none is done. */
  private static final long NOTE_MILLIS = 60_000;

  private final Path file;
  private final Object key;
  private final FileChannel channel;
  private final ByteBuffer slot = ByteBuffer.allocate(SLOT);
  private long generation;
  private int turn;
  private boolean forced;
  private @Nullable Cursor last;
  private SpoolClock.@Nullable Note noted;

  /**
   * @param done at most {@link #MOST_RANGES} of them are kept
   */
  record Cursor(long nextSequence, long nextPoints, List<DoneRanges.Range> done) {
    Cursor {
      done = List.copyOf(done.subList(0, Math.min(done.size(), MOST_RANGES)));
    }
  }

  /** Opens the file, and creates it where there is none. */
  CursorFile(Path file) throws IOException {
    this(
        file,
        OwnFiles.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
        true);
  }

  /** Returns the time of the last write, without opening the file for writing; null: unknown. */
  static SpoolClock.@Nullable Note noted(Path file) throws IOException {
    try (CursorFile read =
        new CursorFile(file, OwnFiles.open(file, StandardOpenOption.READ), false)) {
      return read.noted();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Returns the last cursor, without opening the file for writing; null: there is none, or no slot
   * is whole.
   */
  static @Nullable Cursor last(Path file) throws IOException {
    try (CursorFile read =
        new CursorFile(file, OwnFiles.open(file, StandardOpenOption.READ), false)) {
      return read.last();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private CursorFile(Path file, FileChannel channel, boolean allocate) throws IOException {
    this.file = file;
    this.channel = channel;
    try {
      key = OwnFiles.key(file);
      if (allocate && channel.size() < SLOTS * SLOT) {
        channel.write(ByteBuffer.allocate(SLOTS * SLOT), 0);
        channel.force(true);
      }
      for (int number = 0; number < SLOTS; number++) {
        readSlot(number);
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Returns the last cursor; null: there is none, or no slot is whole. */
  @Nullable Cursor last() {
    return last;
  }

  /** Returns the time of the last write; null: unknown. */
  SpoolClock.@Nullable Note noted() {
    return noted;
  }

  /** Returns whether the file still has its name. */
  boolean isInPlace() {
    return OwnFiles.isAt(file, key);
  }

  /**
   * Writes the cursor, unless nothing changed and the time was saved recently.
   *
   * @param force forces it to disk
   */
  void write(Cursor cursor, SpoolClock.Note now, boolean force) throws IOException {
    boolean timely =
        noted != null && (isAllDone(cursor) || now.millis() - noted.millis() < NOTE_MILLIS);
    if (cursor.equals(last) && timely && (forced || !force)) {
      return;
    }
    slot.clear().position(HEAD);
    slot.putLong(generation + 1).putLong(cursor.nextSequence()).putLong(cursor.nextPoints());
    slot.putLong(now.millis()).putLong(now.wallMillis());
    slot.putLong(now.bootId()).putLong(now.uptimeMillis());
    slot.putInt(cursor.done().size());
    for (DoneRanges.Range range : cursor.done()) {
      slot.putLong(range.from()).putLong(range.fromPoints());
      slot.putLong(range.to()).putLong(range.toPoints());
    }
    int end = slot.position();
    slot.putInt(Long.BYTES, end).putLong(0, checksum(end)).flip();
    channel.write(slot, (long) SLOT * (force ? turn : FORCED_SLOTS));
    if (force) {
      channel.force(false);
      turn = (turn + 1) % FORCED_SLOTS;
    }
    forced = force;
    generation++;
    last = cursor;
    noted = now;
  }

  /** Returns whether nothing waits: then the time doesn't matter. */
  private static boolean isAllDone(Cursor cursor) {
    return cursor.nextSequence() == 0
        || (cursor.done().size() == 1 && cursor.done().get(0).to() == cursor.nextSequence());
  }

  private void readSlot(int number) throws IOException {
    slot.clear();
    while (slot.hasRemaining() && channel.read(slot, (long) SLOT * number + slot.position()) >= 0) {
      // read the whole slot
    }
    int end = slot.getInt(Long.BYTES);
    if (end < HEAD + FIXED || end > slot.position() || slot.getLong(0) != checksum(end)) {
      return;
    }
    slot.position(HEAD);
    long found = slot.getLong();
    if (found <= generation) {
      return;
    }
    generation = found;
    forced = number < FORCED_SLOTS;
    turn = forced ? (number + 1) % FORCED_SLOTS : turn;
    long nextSequence = slot.getLong();
    long nextPoints = slot.getLong();
    noted = new SpoolClock.Note(slot.getLong(), slot.getLong(), slot.getLong(), slot.getLong());
    List<DoneRanges.Range> done = new ArrayList<>();
    for (int left = slot.getInt(); left > 0; left--) {
      done.add(
          new DoneRanges.Range(slot.getLong(), slot.getLong(), slot.getLong(), slot.getLong()));
    }
    last = new Cursor(nextSequence, nextPoints, done);
  }

  private long checksum(int end) {
    CRC32C crc = new CRC32C();
    crc.update(slot.array(), Long.BYTES, end - Long.BYTES);
    return crc.getValue();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
