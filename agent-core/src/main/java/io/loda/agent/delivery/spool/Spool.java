package io.loda.agent.delivery.spool;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.segment.Segment;
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
 * Messages on disk, in segment files. Blocks; one thread at a time. The package's page says what
 * always holds.
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

  /** Whether another process deleted files whose messages may be in memory. */
  private boolean lostFiles;

  /**
   * Creates a spool, not open.
   *
   * @param keepsPromises false: the output is optional now, so messages that were promised before
   *     may be dropped like all others
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

  /** Returns the size of a segment, unless a single record is larger: between 1 and 8 MiB. */
  public static long segmentBytes(AgentConfig.Delivery config) {
    return Math.min(MAX_SEGMENT, Math.max(MIN_SEGMENT, config.diskBytes() / 64));
  }

  public boolean isOpen() {
    return folder != null;
  }

  /** Locks the folder and finds what is in it. May be retried after a failure. */
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

  /** Checks for deleted files: counts lost messages, creates folder, lock and cursor again. */
  public void look() throws IOException {
    SpoolFolder taken = folder;
    CursorFile file = cursor;
    if (taken == null || file == null || !taken.changed()) {
      return;
    }
    if (taken.isInPlace()) {
      SpoolFolder.setAsideOdd(path);
    }
    loseGone();
    if (!taken.isInPlace() || !file.isInPlace()) {
      takeAgain();
    }
  }

  private void takeAgain() throws IOException {
    loseGone();
    giveBack();
    open();
    saveCursor(true);
  }

  private void loseGone() {
    segments.all().stream()
        .filter(segment -> SpoolFolder.isGone(segment.file()))
        .forEach(this::lose);
  }

  private void lose(Segment segment) {
    Segment.Lacking lacking = segment.lacking(segment.end());
    dropped.missing(
        lacking.messages(), lacking.points(), "with " + segment.file() + ", which was deleted");
    forget(segment, Segment.Fate.LOST);
    lostFiles = true;
  }

  /** Returns whether another process deleted segment files since the last call. */
  public boolean hasLostFiles() {
    boolean lost = lostFiles;
    lostFiles = false;
    return lost;
  }

  /**
   * Appends messages, in batches. Written messages have a place afterwards, even if this throws;
   * those dropped for lack of room have {@link QueuedMessage.Place#NOWHERE}.
   *
   * @param force forces them to disk before this returns
   */
  public void append(List<QueuedMessage> entries, boolean force) throws IOException {
    checkFree();
    List<QueuedMessage> group = new ArrayList<>();
    long groupBytes = 0;
    for (QueuedMessage entry : entries) {
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

  private void write(List<QueuedMessage> group, long bytes) throws IOException {
    if (makeRoom(bytes)) {
      writeAll(group, bytes);
      return;
    }
    // nothing more may be dropped, or too little to be worth it: drop the group's own instead
    List<QueuedMessage> promised = group.stream().filter(QueuedMessage::promised).toList();
    if (!promised.isEmpty()) {
      writeAll(promised, promised.stream().mapToLong(e -> SpoolRecord.bytes(e.message())).sum());
    }
    group.stream()
        .filter(entry -> !entry.promised())
        .forEach(entry -> entry.writtenTo(QueuedMessage.Place.NOWHERE));
  }

  private void writeAll(List<QueuedMessage> group, long bytes) throws IOException {
    try {
      writeOnce(group, bytes);
    } catch (SpoolWriter.DeletedException e) {
      look();
      writeOnce(group, bytes);
    }
  }

  private void writeOnce(List<QueuedMessage> group, long bytes) throws IOException {
    if (!writer.hasRoom(bytes)) {
      begin();
    }
    Segment newest = writer.segment();
    try {
      writer.write(group, bytes);
    } catch (SpoolWriter.DeletedException e) {
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

  /** Checks that the disk can be written. */
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

  /**
   * Reads the next messages that aren't in memory, about {@code maxBytes} but at least one; empty:
   * there are none.
   */
  public List<QueuedMessage> read(long maxBytes) {
    return reader.read(segments.all(), maxBytes);
  }

  /** Returns whether {@link #read} may return something now. */
  public boolean hasReadable() {
    long now = nanoTime.getAsLong();
    return segments.all().stream().anyMatch(segment -> segment.isReadable(now));
  }

  /** Returns which files can't be read or deleted, and why; empty: none. */
  public String trouble() {
    return segments.trouble();
  }

  /** Marks a message as done: delivered or refused. */
  public void done(QueuedMessage.Place place) {
    place.segment().done(place.sequence());
  }

  /** Forces to disk what was appended. */
  public void force() throws IOException {
    writer.force();
  }

  /** Deletes segments that are done, and drops messages that are too old. */
  public void removeFinished() throws IOException {
    segments.all().forEach(reader::dropTooOld);
    List<Segment> finished = segments.all().stream().filter(Segment::finished).toList();
    if (!finished.isEmpty()) {
      // otherwise a kill would make them be sent again, or counted as missing
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
   * Writes the cursor.
   *
   * @param force forces it to disk
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

  /** Returns the points that are on disk only. */
  public long unreadPoints() {
    return segments.all().stream().mapToLong(Segment::unreadPoints).sum();
  }

  /** Returns those of them in files that can't be read now. */
  public long unreadablePoints() {
    return segments.all().stream()
        .filter(segment -> !segment.failure().isEmpty())
        .mapToLong(Segment::unreadPoints)
        .sum();
  }

  public long bytes() {
    return segments.bytes();
  }

  /** Returns the bytes that can be dropped for promised messages. */
  public long droppableBytes() {
    return room.droppableBytes();
  }

  /**
   * Returns when the oldest message that is only on disk came, by segment; empty: there is none.
   */
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

  /** Forces the messages, saves the cursor, closes the files and releases the lock. */
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
