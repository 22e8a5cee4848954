package io.loda.agent.delivery.spool;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.segment.SegmentWriter;
import io.loda.agent.delivery.segment.SpoolRecord;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Messages on disk: segment files that are only appended to, and deleted whole. Blocks; one thread
 * at a time.
 *
 * <p>What holds, whatever the disk and others do to the folder:
 *
 * <ul>
 *   <li>Messages are numbered. Each that was written is in a file, or done as the cursor says, or
 *       missing; and what is missing is counted, once.
 *   <li>The cursor says what is done before a file with it is deleted. So a file that is still
 *       there after a kill, or can't be deleted, isn't sent again.
 *   <li>It never appends to a file that an earlier process wrote: whatever that left at its end is
 *       damage like any other.
 *   <li>An error of the disk loses nothing: what can't be read, written or deleted now is tried
 *       again.
 * </ul>
 */
public final class Spool {

  private static final long MIN_SEGMENT = 1 << 20;
  private static final long MAX_SEGMENT = 8 << 20;

  private final Path path;
  private final AgentConfig.Delivery config;
  private final Dropped dropped;
  private final SpoolClock clock;
  private final LongSupplier nanoTime;
  private final SpoolReader reader;
  private final SpoolWriter writer;
  private final DiskRoom room;
  private final Segments segments = new Segments();

  private @Nullable SpoolFolder folder;
  private @Nullable CursorFile cursor;
  private boolean begun;

  /** Whether files went that somebody may have messages of. */
  private boolean lostFiles;

  /** One that keeps what was promised. */
  public Spool(
      Path path,
      AgentConfig.Delivery config,
      Dropped dropped,
      SpoolClock clock,
      LongSupplier nanoTime) {
    this(path, config, dropped, clock, nanoTime, true);
  }

  /**
   * A spool that isn't open.
   *
   * @param keepsPromises false: the output is optional now, and what was promised while it wasn't
   *     gives way like all else
   */
  public Spool(
      Path path,
      AgentConfig.Delivery config,
      Dropped dropped,
      SpoolClock clock,
      LongSupplier nanoTime,
      boolean keepsPromises) {
    this.path = path;
    this.config = config;
    this.dropped = dropped;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.reader = new SpoolReader(config, dropped, clock, nanoTime, keepsPromises);
    this.writer = new SpoolWriter(segmentBytes(config), clock);
    this.room =
        new DiskRoom(
            path, config.diskBytes(), dropped, segments, writer, this::drop, keepsPromises);
  }

  /** How large a file becomes, where no record is larger: between 1 and 8 MiB. */
  public static long segmentBytes(AgentConfig.Delivery config) {
    return Math.min(MAX_SEGMENT, Math.max(MIN_SEGMENT, config.diskBytes() / 64));
  }

  public boolean isOpen() {
    return folder != null;
  }

  /** Takes the folder and finds what is in it. May be tried again after it failed. */
  public void open() throws IOException {
    SpoolFolder taken = SpoolFolder.take(path);
    CursorFile opened = null;
    try {
      opened = new CursorFile(taken.cursor());
      if (!begun) {
        Leftover left = new Leftover(path, opened.last(), nanoTime.getAsLong());
        SpoolClock.Note noted = opened.noted();
        if (noted != null) {
          clock.goOn(noted);
        } else if (left.newestMillis() > 0) {
          clock.goOnAt(left.newestMillis());
        }
        dropped.missing(left.missingMessages(), left.missingPoints(), "in " + path);
        writer.goOn(left.nextSequence(), left.nextPoints());
        segments.begin(left);
        begun = true;
      }
      cursor = opened;
      folder = taken;
    } finally {
      if (folder == null) {
        taken.close();
        if (opened != null) {
          opened.close();
        }
      }
    }
    removeFinished();
  }

  /** Whether the folder is still as we know it; what somebody deleted is counted, or made anew. */
  public void look() throws IOException {
    SpoolFolder taken = folder;
    CursorFile file = cursor;
    if (taken == null || file == null || !taken.changed()) {
      return;
    }
    if (taken.isInPlace()) {
      SpoolFolder.setAsideOdd(path);
    }
    segments.all().stream()
        .filter(segment -> SpoolFolder.isGone(segment.file()))
        .forEach(this::lose);
    if (!taken.isInPlace() || !file.isInPlace()) {
      takeAgain();
    }
  }

  private void takeAgain() throws IOException {
    segments.all().stream()
        .filter(segment -> SpoolFolder.isGone(segment.file()))
        .forEach(this::lose);
    giveBack();
    open();
    saveCursor(true);
  }

  private void lose(Segment segment) {
    Segment.Lacking lacking = segment.lacking(segment.end());
    dropped.missing(
        lacking.messages(), lacking.points(), "with " + segment.file() + ", which was deleted");
    forget(segment, Segment.Fate.LOST);
    lostFiles = true;
  }

  /** Whether files went, since it was asked last, that somebody may have messages of. */
  public boolean hasLostFiles() {
    boolean lost = lostFiles;
    lostFiles = false;
    return lost;
  }

  /**
   * Writes messages at the end, in batches; those that are written have a place afterwards.
   *
   * @param force whether they are to outlive the host, too, when this returns
   */
  public void append(List<Entry> entries, boolean force) throws IOException {
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

  private void checkFree() throws IOException {
    try {
      SpoolFolder.checkFree(path, config.minFreePercent());
    } catch (NoSuchFileException e) {
      takeAgain();
      SpoolFolder.checkFree(path, config.minFreePercent());
    }
  }

  private void write(List<Entry> group, long bytes) throws IOException {
    if (makeRoom(bytes)) {
      writeAll(group, bytes);
      return;
    }
    // the others would push out what was promised, or aren't worth what they would push out
    List<Entry> promised = group.stream().filter(Entry::promised).toList();
    if (!promised.isEmpty()) {
      writeAll(promised, promised.stream().mapToLong(e -> SpoolRecord.bytes(e.message())).sum());
    }
    group.stream()
        .filter(entry -> !entry.promised())
        .forEach(entry -> entry.place = Entry.Place.NOWHERE);
  }

  private void writeAll(List<Entry> group, long bytes) throws IOException {
    try {
      writeOnce(group, bytes);
    } catch (SegmentWriter.DeletedException e) {
      look();
      writeOnce(group, bytes);
    }
  }

  private void writeOnce(List<Entry> group, long bytes) throws IOException {
    if (!writer.hasRoom(bytes)) {
      begin();
    }
    Segment newest = writer.segment();
    try {
      writer.write(group, bytes);
    } catch (SegmentWriter.DeletedException e) {
      lose(newest);
      throw e;
    } catch (IOException e) {
      if (newest.size() == 0) {
        remove(newest);
      }
      throw e;
    }
  }

  private void begin() throws IOException {
    try {
      segments.add(writer.begin(opened()));
    } catch (NoSuchFileException e) {
      takeAgain();
      segments.add(writer.begin(opened()));
    } catch (FileAlreadyExistsException e) {
      SpoolFolder.setAside(path.resolve(e.getFile()));
      segments.add(writer.begin(opened()));
    }
    opened().force();
  }

  /** Tries whether something can be written, where there is nothing to write. */
  public void probe() throws IOException {
    checkFree();
    opened().probe();
  }

  private boolean makeRoom(long bytes) throws IOException {
    if (!room.isFor(bytes)) {
      removeFinished();
    }
    return room.make(bytes);
  }

  private void drop(Segment segment) throws IOException {
    reader.dropForRoom(segment);
    forget(segment, Segment.Fate.DELETED);
    saveCursor(false);
  }

  /** The next messages that aren't in memory, up to a size, at least one; empty: there are none. */
  public List<Entry> read(long maxBytes) {
    return reader.read(segments.all(), maxBytes);
  }

  /** Whether {@link #read} may bring something now. */
  public boolean hasReadable() {
    long now = nanoTime.getAsLong();
    return segments.all().stream().anyMatch(segment -> segment.isReadable(now));
  }

  /** What can't be read or deleted; empty: nothing. */
  public String trouble() {
    return segments.trouble();
  }

  /** A message that has a place is delivered, or given up. */
  public void done(Entry.Place place) {
    place.segment().done(place.sequence());
  }

  /** Makes everything that was written outlive the host. */
  public void force() throws IOException {
    writer.force();
  }

  /** Deletes what nobody waits for, and what is too old. */
  public void removeFinished() throws IOException {
    segments.all().forEach(reader::dropTooOld);
    List<Segment> finished = segments.all().stream().filter(Segment::finished).toList();
    if (!finished.isEmpty()) {
      // else a kill, or the host's end, would have them sent again, or be missed
      saveCursor(true);
      finished.forEach(this::remove);
    }
    segments.deleteStuck();
  }

  private void remove(Segment segment) {
    forget(segment, Segment.Fate.DELETED);
    segments.delete(segment);
  }

  private void forget(Segment segment, Segment.Fate fate) {
    if (writer.isAt(segment)) {
      writer.close();
    }
    if (reader.isAt(segment)) {
      reader.close();
    }
    segments.forget(segment);
    segment.ends(fate);
  }

  /**
   * Writes down how far it is delivered.
   *
   * @param force whether that is to outlive the host, too
   */
  public void saveCursor(boolean force) throws IOException {
    CursorFile file = cursor;
    if (file != null) {
      file.write(
          new CursorFile.Cursor(writer.nextSequence(), writer.nextPoints(), segments.done()),
          clock.note(),
          force);
    }
  }

  /** Points that aren't in memory. */
  public long unreadPoints() {
    return segments.all().stream().mapToLong(Segment::unreadPoints).sum();
  }

  /** Of these, points in files that couldn't be read. */
  public long unreadablePoints() {
    return segments.all().stream()
        .filter(segment -> !segment.failure().isEmpty())
        .mapToLong(Segment::unreadPoints)
        .sum();
  }

  public long bytes() {
    return segments.bytes();
  }

  /** Of those, what gives way where something is promised. */
  public long droppableBytes() {
    return room.droppableBytes();
  }

  /** Since when the oldest file is there; empty: nothing is to be read. */
  public OptionalLong oldestSinceNanos() {
    return segments.all().stream()
        .filter(Segment::hasUnread)
        .mapToLong(segment -> clock.nanosAt(Math.min(segment.oldestMillis(), clock.millis())))
        .findFirst();
  }

  private SpoolFolder opened() throws IOException {
    SpoolFolder target = folder;
    if (target == null) {
      throw new IOException("spool " + path + " isn't open");
    }
    return target;
  }

  /** Closes the files and gives the folder back. */
  public void close() throws IOException {
    try {
      force();
      removeFinished();
      saveCursor(true);
    } finally {
      writer.close();
      reader.close();
      giveBack();
      segments.clear();
      begun = false;
    }
  }

  private void giveBack() throws IOException {
    CursorFile file = cursor;
    SpoolFolder taken = folder;
    cursor = null;
    folder = null;
    if (file != null) {
      file.close();
    }
    if (taken != null) {
      taken.close();
    }
  }
}
