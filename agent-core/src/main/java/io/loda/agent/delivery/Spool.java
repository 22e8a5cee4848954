package io.loda.agent.delivery;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.files.OwnFiles;
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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Messages on disk: segment files that are only appended to, and deleted whole. Blocks; one thread
 * at a time.
 *
 * <p>It never appends to a file that an earlier process wrote: whatever that left at its end is
 * damage like any other.
 */
final class Spool {

  private static final int PROBE_BYTES = 1 << 16;

  /** What is left of those that were thinned: each is looked at when the spool is opened. */
  private static final int MOST_SEGMENTS = 4_096;

  private static final long MIN_SEGMENT = 1 << 20;
  private static final long MAX_SEGMENT = 8 << 20;

  private final Path path;
  private final AgentConfig.Delivery config;
  private final LongSupplier nanoTime;
  private final SpoolReader reader;
  private final SpoolWriter writer;
  private final Thinning thinning;
  private final List<Segment> segments = new ArrayList<>();

  private @Nullable SpoolFolder folder;
  private @Nullable CursorFile cursor;

  Spool(
      Path path,
      AgentConfig.Delivery config,
      Dropped dropped,
      InstantSource clock,
      LongSupplier nanoTime) {
    this.path = path;
    this.config = config;
    this.nanoTime = nanoTime;
    this.reader = new SpoolReader(config, dropped, clock, nanoTime);
    this.writer = new SpoolWriter(segmentBytes(config));
    this.thinning = new Thinning(path, dropped, config.diskBytes());
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
      Leftover left = new Leftover(path, nanoTime.getAsLong());
      CursorFile opened = new CursorFile(taken.cursor());
      CursorFile.Cursor at = opened.last();
      if (at != null) {
        left.goOn(at);
      }
      writer.goOn(left.nextSequence(), left.nextPoints());
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
    List<Entry> group = new ArrayList<>();
    long groupBytes = 0;
    for (Entry entry : entries) {
      int bytes = SpoolRecord.bytes(entry.message());
      if (!group.isEmpty() && groupBytes + bytes > SpoolWriter.BATCH_BYTES) {
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

  private void write(List<Entry> group, long bytes) throws IOException {
    makeRoom(bytes);
    if (!writer.hasRoom(bytes)) {
      SpoolFolder target = opened();
      segments.add(writer.begin(target));
      target.force();
    }
    try {
      writer.write(group, bytes);
    } catch (IOException e) {
      Segment newest = segments.get(segments.size() - 1);
      if (newest.size() == 0) {
        remove(newest);
      }
      throw e;
    }
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
        OwnFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
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
      if (segments.size() > MOST_SEGMENTS || !thin()) {
        drop(segments.get(0));
      }
    }
  }

  /** Lets what holds most have less; false where that fails. */
  private boolean thin() {
    try {
      Thinning.Choice choice =
          thinning.choose(
              segments, segments.stream().filter(writer::isAt).findFirst().orElse(null));
      if (choice.topics().isEmpty()) {
        drop(choice.segment());
      } else {
        thinning.thin(choice.segment(), choice.topics());
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void drop(Segment segment) {
    reader.dropForRoom(segment);
    remove(segment);
  }

  /** The next messages that aren't in memory, up to a size, at least one; empty: there are none. */
  List<Entry> read(long maxBytes) {
    return reader.read(segments, maxBytes);
  }

  /** Whether {@link #read} may bring something now. */
  boolean hasReadable() {
    long now = nanoTime.getAsLong();
    return segments.stream().anyMatch(segment -> segment.isReadable(now));
  }

  /** What can't be read; empty: nothing. */
  String trouble() {
    List<Segment> failed = segments.stream().filter(s -> !s.failure().isEmpty()).toList();
    return failed.isEmpty()
        ? ""
        : "%d files can't be read, with %d points in %d bytes; tried again each second: %s"
            .formatted(
                failed.size(),
                failed.stream().mapToLong(Segment::unreadPoints).sum(),
                failed.stream().mapToLong(Segment::size).sum(),
                failed.get(0).failure());
  }

  /** A message that has a place is delivered, or given up. */
  void done(Entry.Place place) {
    place.segment().done(place.sequence());
  }

  /** Makes everything that was written outlive the host. */
  void force() throws IOException {
    writer.force();
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
    if (writer.isAt(segment)) {
      writer.close();
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
      writer.close();
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
