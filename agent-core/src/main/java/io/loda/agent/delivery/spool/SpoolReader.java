package io.loda.agent.delivery.spool;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.segment.SegmentReader;
import io.loda.agent.delivery.segment.SpoolRecord;
import io.loda.agent.point.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads what only the disk has, in turn, and counts what of it is damaged, too old or given up.
 * Keeps one file open. Blocks; one thread at a time.
 */
final class SpoolReader {

  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final AgentConfig.Delivery config;
  private final Dropped dropped;
  private final SpoolClock clock;
  private final LongSupplier nanoTime;
  private final boolean keepsPromises;

  private @Nullable SegmentReader file;
  private @Nullable Segment reading;

  /**
   * A reader.
   *
   * @param keepsPromises false: what was promised may be dropped like all else
   */
  SpoolReader(
      AgentConfig.Delivery config,
      Dropped dropped,
      SpoolClock clock,
      LongSupplier nanoTime,
      boolean keepsPromises) {
    this.keepsPromises = keepsPromises;
    this.config = config;
    this.dropped = dropped;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /**
   * The next messages that aren't in memory, up to a size, at least one; empty: there are none.
   *
   * @param segments the oldest first
   */
  List<Entry> read(List<Segment> segments, long maxBytes) {
    List<Entry> entries = new ArrayList<>();
    long bytes = 0;
    long oldest = oldestMillis();
    while (bytes < maxBytes) {
      Segment segment = nextUnread(segments);
      if (segment == null) {
        break;
      }
      SegmentReader.Found found;
      try {
        found = next(segment);
      } catch (IOException e) {
        putOff(segment, e);
        continue;
      }
      if (found == null || !segment.pass(found)) {
        continue;
      }
      SpoolRecord record = found.record();
      if (record.timeMillis() < oldest) {
        dropped.tooOld(record.message());
        continue;
      }
      segment.handOut(found);
      Entry entry =
          new Entry(
              record.message(),
              clock.nanosAt(record.timeMillis()),
              keepsPromises && record.promised());
      entry.place = new Entry.Place(segment, record.sequence());
      entry.handed = true;
      entry.replayed = true;
      entries.add(entry);
      bytes += Footprint.inSpool(entry);
    }
    return entries;
  }

  /** What came before it is too old. */
  private long oldestMillis() {
    return clock.millis() - config.maxAge().toMillis();
  }

  private @Nullable Segment nextUnread(List<Segment> segments) {
    Segment next = null;
    long now = nanoTime.getAsLong();
    for (Segment segment : segments) {
      if (segment.isReadable(now) && (next == null || config.newestFirst())) {
        next = segment;
      }
    }
    return next;
  }

  /** Passes what nobody will read, where a segment is too old; later where that fails. */
  void dropTooOld(Segment segment) {
    if (segment.newestMillis() < oldestMillis() && segment.isReadable(nanoTime.getAsLong())) {
      try {
        passTooOld(segment);
      } catch (IOException e) {
        putOff(segment, e);
      }
    }
  }

  /**
   * Deletes a segment, as its room is needed, and counts what nobody will read.
   *
   * @throws IOException when it can't be deleted; then nothing is given up
   */
  void dropForRoom(Segment segment) throws IOException {
    try {
      open(segment);
    } catch (IOException e) {
      // its numbers say how much is in it
    }
    Files.deleteIfExists(segment.file());
    try {
      drop(segment, message -> dropped.diskFull(message, config.diskBytes()));
    } catch (IOException e) {
      dropped.diskFull(segment.unreadPoints(), config.diskBytes());
      segment.readToEnd();
    }
  }

  /** Counts what goes with a segment; what is in memory too stays there. */
  private void drop(Segment segment, Consumer<Message> reason) throws IOException {
    while (segment.hasUnread()) {
      SegmentReader.Found found = next(segment);
      if (found != null && segment.pass(found)) {
        reason.accept(found.record().message());
      }
    }
  }

  private void passTooOld(Segment segment) throws IOException {
    long oldest = oldestMillis();
    while (segment.hasUnread()) {
      SegmentReader.Found found = next(segment);
      if (found != null && found.record().timeMillis() >= oldest) {
        segment.isAsNewAs(found.record().timeMillis());
        return;
      }
      if (found != null && segment.pass(found)) {
        dropped.tooOld(found.record().message());
      }
    }
  }

  private void putOff(Segment segment, IOException e) {
    segment.putOff(e.toString(), nanoTime.getAsLong() + RETRY_NANOS);
    close();
  }

  /** The segment's next whole record; what is missing before it is counted. */
  private SegmentReader.@Nullable Found next(Segment segment) throws IOException {
    SegmentReader open = open(segment);
    SegmentReader.Found found = open.next(segment.read().offset(), segment.size());
    while (found != null && found.record().sequence() < segment.read().sequence()) {
      // done before the last start
      found = open.next(found.end(), segment.size());
    }
    segment.wasRead();
    if (found == null) {
      if (!segment.isEndGuessed()) {
        lost(segment, segment.end());
      }
      segment.readToEnd();
    } else if (found.record().sequence() > segment.read().sequence()) {
      Segment.Position at =
          new Segment.Position(
              found.offset(), found.record().sequence(), found.record().pointsBefore());
      lost(segment, at);
      segment.stepTo(at);
    }
    return found;
  }

  private void lost(Segment segment, Segment.Position until) {
    Segment.Position from = segment.read();
    Segment.Lacking lacking = segment.lacking(until);
    if (from.offset() < until.offset()) {
      dropped.damaged(
          lacking.messages(),
          lacking.points(),
          segment.file() + ", bytes " + from.offset() + " to " + until.offset() + ": damaged");
    } else {
      dropped.missing(lacking.messages(), lacking.points(), "behind " + segment.file());
    }
  }

  private SegmentReader open(Segment segment) throws IOException {
    SegmentReader open = file;
    if (open == null || !isAt(segment)) {
      close();
      open = new SegmentReader(segment.file());
      file = open;
      reading = segment;
    }
    return open;
  }

  /** Whether this is the segment that was read last. */
  boolean isAt(Segment segment) {
    return segment.equals(reading);
  }

  /** Closes the file; the next that is read is opened anew. */
  void close() {
    SegmentReader open = file;
    file = null;
    reading = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      // it was only read
    }
  }
}
