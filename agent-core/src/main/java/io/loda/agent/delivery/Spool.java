package io.loda.agent.delivery;

import io.loda.agent.config.AgentConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages on disk: segment files that are only appended to, and deleted whole. Blocks; one thread
 * at a time.
 *
 * <p>It never appends to a file that an earlier process wrote: whatever that left at its end is
 * damage like any other.
 */
final class Spool {

  private static final int BATCH_BYTES = 1 << 20;
  private static final int PROBE_BYTES = 1 << 16;
  private static final long MIN_SEGMENT = 1 << 20;
  private static final long MAX_SEGMENT = 8 << 20;

  private final Path path;
  private final AgentConfig.Delivery config;
  private final SpoolReader reader;
  private final List<Segment> segments = new ArrayList<>();

  private @Nullable SpoolFolder folder;
  private @Nullable CursorFile cursor;
  private @Nullable SegmentWriter writer;
  private @Nullable ByteBuffer batch;
  private long nextSequence;
  private long nextPoints;

  Spool(Path path, AgentConfig.Delivery config, Dropped dropped, InstantSource clock) {
    this.path = path;
    this.config = config;
    this.reader = new SpoolReader(config, dropped, clock);
  }

  /** How large a file becomes, where no record is larger: between 1 and 8 MiB. */
  static long segmentBytes(AgentConfig.Delivery config) {
    return Math.min(MAX_SEGMENT, Math.max(MIN_SEGMENT, config.diskBytes() / 64));
  }

  boolean isOpen() {
    return folder != null;
  }

  /** Takes the folder and finds what is in it. May be tried again after it failed. */
  void open() throws IOException {
    SpoolFolder taken = SpoolFolder.take(path);
    try {
      Leftover left = new Leftover(path);
      CursorFile opened = new CursorFile(taken.cursor());
      CursorFile.Cursor at = opened.last();
      if (at != null) {
        left.goOn(at);
      }
      nextSequence = left.nextSequence();
      nextPoints = left.nextPoints();
      segments.addAll(left.segments());
      cursor = opened;
      folder = taken;
    } finally {
      if (folder == null) {
        taken.close();
      }
    }
    removeFinished();
  }

  /**
   * Writes messages at the end, in batches; those that are written have a place afterwards.
   *
   * @param force whether they are to outlive the host, too, when this returns
   */
  void append(List<Entry> entries, boolean force) throws IOException {
    checkFree();
    ByteBuffer buffer = batch();
    List<Entry> group = new ArrayList<>();
    long groupBytes = 0;
    for (Entry entry : entries) {
      int bytes = SpoolRecord.bytes(entry.message());
      if (!group.isEmpty() && groupBytes + bytes > buffer.capacity()) {
        write(group, groupBytes);
        group.clear();
        groupBytes = 0;
      }
      group.add(entry);
      groupBytes += bytes;
    }
    if (!group.isEmpty()) {
      write(group, groupBytes);
    }
    if (force) {
      force();
    }
  }

  private ByteBuffer batch() {
    ByteBuffer buffer = batch;
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(BATCH_BYTES);
      batch = buffer;
    }
    return buffer.clear();
  }

  private void write(List<Entry> group, long bytes) throws IOException {
    makeRoom(bytes);
    SegmentWriter target = writer(bytes);
    ByteBuffer buffer = bytes > BATCH_BYTES ? ByteBuffer.allocate((int) bytes) : batch();
    List<SpoolRecord> records = new ArrayList<>(group.size());
    long sequence = nextSequence;
    long points = nextPoints;
    for (Entry entry : group) {
      SpoolRecord record = new SpoolRecord(sequence, points, entry.timeMillis(), entry.message());
      record.write(buffer);
      records.add(record);
      sequence++;
      points += entry.message().points();
    }
    try {
      target.write(buffer.flip());
    } catch (IOException e) {
      closeWriter();
      if (target.segment().size() == 0) {
        remove(target.segment());
      }
      throw e;
    }
    for (int i = 0; i < group.size(); i++) {
      Entry entry = group.get(i);
      SpoolRecord record = records.get(i);
      target.segment().appended(record, SpoolRecord.bytes(entry.message()), entry.handed);
      entry.place = new Entry.Place(target.segment(), record.sequence());
    }
    nextSequence = sequence;
    nextPoints = points;
  }

  private SegmentWriter writer(long bytes) throws IOException {
    SegmentWriter current = writer;
    if (current != null
        && (current.segment().size() == 0
            || current.segment().size() + bytes <= segmentBytes(config))) {
      return current;
    }
    if (current != null) {
      current.force();
      closeWriter();
    }
    SpoolFolder target = opened();
    SegmentWriter next =
        new SegmentWriter(
            new Segment(target.segment(nextSequence, nextPoints), nextSequence, nextPoints));
    writer = next;
    segments.add(next.segment());
    target.force();
    return next;
  }

  private void checkFree() throws IOException {
    FileStore store = Files.getFileStore(path);
    long min = (long) (store.getTotalSpace() / 100.0 * config.minFreePercent());
    if (store.getUsableSpace() < min) {
      throw new IOException(
          "less than delivery.min-free ("
              + config.minFreePercent()
              + " %) of the file system of "
              + path
              + " is free");
    }
  }

  /** Tries whether something can be written, where there is nothing to write. */
  void probe() throws IOException {
    checkFree();
    Path file = path.resolve("probe");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(PROBE_BYTES));
      channel.force(false);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private void makeRoom(long bytes) {
    if (bytes() + bytes > config.diskBytes()) {
      removeFinished();
    }
    while (!segments.isEmpty() && bytes() + bytes > config.diskBytes()) {
      Segment oldest = segments.get(0);
      reader.dropForRoom(oldest);
      remove(oldest);
    }
  }

  /** The next messages that aren't in memory, up to a size, at least one; empty: there are none. */
  List<Entry> read(long maxBytes) throws IOException {
    return reader.read(segments, maxBytes);
  }

  boolean hasUnread() {
    return segments.stream().anyMatch(Segment::hasUnread);
  }

  /** A message that has a place is delivered, or given up. */
  void done(Entry.Place place) {
    place.segment().done(place.sequence());
  }

  /** Makes everything that was written outlive the host. */
  void force() throws IOException {
    SegmentWriter current = writer;
    if (current != null) {
      try {
        current.force();
      } catch (IOException e) {
        // what a failed force leaves behind nobody knows: another file
        closeWriter();
        throw e;
      }
    }
  }

  /** Deletes what nobody waits for, and what is too old. */
  void removeFinished() {
    for (Segment segment : List.copyOf(segments)) {
      reader.dropTooOld(segment);
      if (segment.finished()) {
        remove(segment);
      }
    }
  }

  /** Writes down how far it is delivered. */
  void saveCursor() throws IOException {
    CursorFile file = cursor;
    Segment at = null;
    for (Segment segment : segments) {
      if (at == null || (config.newestFirst() && reader.isAt(segment))) {
        at = segment;
      }
    }
    if (file != null && at != null && at.lowest().offset() > 0) {
      file.write(new CursorFile.Cursor(at.firstSequence(), at.lowest()));
    }
  }

  private void remove(Segment segment) {
    SegmentWriter current = writer;
    if (current != null && current.segment().equals(segment)) {
      closeWriter();
    }
    if (reader.isAt(segment)) {
      reader.close();
    }
    segments.remove(segment);
    segment.isGone();
    try {
      Files.deleteIfExists(segment.file());
    } catch (IOException e) {
      // it is found again at the next start, and what is in it sent twice
    }
  }

  private void closeWriter() {
    SegmentWriter current = writer;
    writer = null;
    try {
      if (current != null) {
        current.close();
      }
    } catch (IOException e) {
      // everything in it was written before
    }
  }

  /** Points that aren't in memory. */
  long unreadPoints() {
    return segments.stream().mapToLong(Segment::unreadPoints).sum();
  }

  long bytes() {
    return segments.stream().mapToLong(Segment::size).sum();
  }

  /** When the oldest file was begun; 0: nothing is to be read. */
  long oldestMillis() {
    return segments.stream()
        .filter(Segment::hasUnread)
        .mapToLong(Segment::oldestMillis)
        .findFirst()
        .orElse(0);
  }

  private SpoolFolder opened() throws IOException {
    SpoolFolder target = folder;
    if (target == null) {
      throw new IOException("spool " + path + " isn't open");
    }
    return target;
  }

  /** Closes the files and gives the folder back. */
  void close() throws IOException {
    try {
      force();
      removeFinished();
      saveCursor();
    } finally {
      closeWriter();
      reader.close();
      if (cursor != null) {
        cursor.close();
      }
      if (folder != null) {
        folder.close();
        folder = null;
      }
      segments.clear();
    }
  }
}
