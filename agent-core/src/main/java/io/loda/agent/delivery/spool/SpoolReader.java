package io.loda.agent.delivery.spool;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.segment.SegmentReader;
import io.loda.agent.delivery.segment.SpoolRecord;
import io.loda.agent.point.Message;
import io.loda.common.files.FileReason;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages that are on disk only, in order, and counts those that are damaged, missing,
 * too old or dropped. Keeps one file open. Blocks; one thread at a time.
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
   * @param keepsPromises false: promised messages may be dropped like all others
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
   * Reads the next messages that aren't in memory, about {@code maxBytes} but at least one; empty:
   * none can be read now.
   *
   * @param segments oldest first
   */
  List<QueuedMessage> read(List<Segment> segments, long maxBytes) {
    List<QueuedMessage> entries = new ArrayList<>();
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
      QueuedMessage entry =
          QueuedMessage.read(
              record.message(),
              clock.nanosAt(record.timeMillis()),
              keepsPromises && record.promised(),
              new QueuedMessage.Place(segment, record.sequence()));
      entries.add(entry);
      bytes += Footprint.inSpool(entry);
    }
    return entries;
  }

  /** Returns the time before which messages are too old. */
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

  /** Drops the old messages of a segment that is too old; a failed read is retried later. */
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
   * Deletes a segment to make room, and counts its unread messages as dropped.
   *
   * @throws IOException when it can't be deleted; then nothing is dropped
   */
  void dropForRoom(Segment segment) throws IOException {
    try {
      open(segment);
    } catch (IOException e) {
      // the names of this file and the next tell how many points it has
    }
    Files.deleteIfExists(segment.file());
    try {
      drop(segment, message -> dropped.diskFull(message, config.diskBytes()));
    } catch (IOException e) {
      dropped.diskFull(segment.unreadPoints(), config.diskBytes());
      segment.readToEnd();
    }
  }

  /** Counts the unread messages of a segment; those that are in memory too stay there. */
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
    segment.putOff(FileReason.of(e), nanoTime.getAsLong() + RETRY_NANOS);
    close();
  }

  /** Returns the segment's next whole record; counts the messages missing before it. */
  private SegmentReader.@Nullable Found next(Segment segment) throws IOException {
    SegmentReader open = open(segment);
    SegmentReader.Found found = open.next(segment.read().offset(), segment.size());
    while (found != null && found.record().sequence() < segment.read().sequence()) {
      // an earlier process has done it
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
          segment.file() + ", bytes " + from.offset() + " to " + until.offset());
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

  /** Returns whether this is the segment that is open. */
  boolean isAt(Segment segment) {
    return segment.equals(reading);
  }

  /** Closes the file; the next read opens it again. */
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
