package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Gap;
import io.loda.agent.delivery.segment.Heaviest;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.segment.SegmentReader;
import io.loda.agent.delivery.segment.SpoolRecord;
import io.loda.agent.point.Message;
import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Chooses and removes what a full spool drops: the oldest messages of the topics that hold most.
 * Promised messages stay. A segment with nothing else is deleted; otherwise a copy without the
 * dropped messages replaces it. Blocks; one thread at a time.
 */
final class Thinning {

  /** A segment is copied only if that frees at least an eighth of it. */
  private static final int WORTH = 8;

  private static final byte[] NOTHING = {};
  private static final int BUFFER = 1 << 18;

  private final Path temporary;
  private final Dropped dropped;
  private final long maxBytes;
  private final boolean keepsPromises;

  /**
   * @param maxBytes {@code delivery.disk}, for the log
   * @param keepsPromises false: promised messages may be dropped like all others
   */
  Thinning(Path folder, Dropped dropped, long maxBytes, boolean keepsPromises) {
    this.keepsPromises = keepsPromises;
    this.temporary = folder.resolve("thinner");
    this.dropped = dropped;
    this.maxBytes = maxBytes;
  }

  /**
   * A segment to shrink or delete.
   *
   * @param whole true: delete it
   * @param topics whose messages to drop otherwise
   */
  record Choice(Segment segment, boolean whole, Predicate<String> topics) {

    private static Choice whole(Segment segment) {
      return new Choice(segment, true, topic -> true);
    }
  }

  /**
   * Chooses the next segment; null: nothing may be dropped, or too little to be worth a copy.
   *
   * @param segments oldest first
   * @param writing the open one; null: none
   */
  @Nullable Choice choose(List<Segment> segments, @Nullable Segment writing) {
    Map<String, Long> totals = new HashMap<>();
    for (Segment segment : segments) {
      heaviest(segment).topics().forEach((topic, bytes) -> totals.merge(topic, bytes, Long::sum));
    }
    long most = totals.values().stream().mapToLong(Long::longValue).max().orElse(0);
    // topics that hold the same within a factor of two count as equal
    totals.values().removeIf(bytes -> bytes < most / 2);
    for (Segment segment : segments) {
      long bytes =
          heaviest(segment).topics().entrySet().stream()
              .filter(topic -> totals.containsKey(topic.getKey()))
              .mapToLong(Map.Entry::getValue)
              .sum();
      if (bytes >= segment.size()) {
        return Choice.whole(segment);
      }
      if (isWorth(segment, bytes) && !segment.equals(writing)) {
        return new Choice(segment, false, totals::containsKey);
      }
    }
    return chooseOfAll(segments, writing);
  }

  /**
   * Chooses all droppable messages of the oldest segment, if no topic holds much of any segment.
   */
  private @Nullable Choice chooseOfAll(List<Segment> segments, @Nullable Segment writing) {
    Choice whole = chooseWhole(segments);
    if (whole != null) {
      return whole;
    }
    Segment last = null;
    for (Segment segment : segments) {
      if (isWorth(segment, heaviest(segment).droppableBytes())) {
        if (!segment.equals(writing)) {
          return new Choice(segment, false, topic -> true);
        }
        last = segment;
      }
    }
    return last == null ? null : new Choice(last, false, topic -> true);
  }

  private boolean isPromised(SpoolRecord record) {
    return keepsPromises && record.promised();
  }

  private boolean mayGoWhole(Segment segment) {
    return !keepsPromises || !heaviest(segment).hasPromised();
  }

  private static boolean isWorth(Segment segment, long bytes) {
    return bytes > 0 && bytes >= segment.size() / WORTH && segment.isUntouched();
  }

  /** Returns how many bytes of a segment can be dropped to make room. */
  long droppableBytes(Segment segment) {
    Heaviest known = heaviest(segment);
    if (mayGoWhole(segment)) {
      return segment.size();
    }
    return isWorth(segment, known.droppableBytes()) ? known.droppableBytes() : 0;
  }

  /** Chooses the oldest segment without promised messages; null: there is none. */
  @Nullable Choice chooseWhole(List<Segment> segments) {
    for (Segment segment : segments) {
      if (mayGoWhole(segment)) {
        return Choice.whole(segment);
      }
    }
    return null;
  }

  /** Returns the heaviest topics of a segment; reads it if an earlier process wrote it. */
  private Heaviest heaviest(Segment segment) {
    Heaviest known = segment.heaviest();
    if (known != null) {
      return known;
    }
    Heaviest found = new Heaviest();
    try (SegmentReader reader = new SegmentReader(segment.file())) {
      for (SegmentReader.Found at = reader.next(0, segment.size());
          at != null;
          at = reader.next(at.end(), segment.size())) {
        found.add(at.record().message(), at.end() - at.offset(), isPromised(at.record()));
      }
    } catch (IOException e) {
      // it may contain promised messages, so it isn't chosen this time
      return Heaviest.UNKNOWN;
    }
    segment.heaviest(found);
    return found;
  }

  /** Drops the messages of some topics from a segment of which nothing was read. */
  void thin(Segment segment, Predicate<String> topics) throws IOException {
    Map<String, Integer> points = new HashMap<>();
    Copy copy = new Copy();
    try (SegmentReader reader = new SegmentReader(segment.file());
        FileChannel target =
            OwnFiles.open(
                temporary,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
      for (SegmentReader.Found at = reader.next(0, segment.size());
          at != null;
          at = reader.next(at.end(), segment.size())) {
        Message message = at.record().message();
        if (Gap.is(at.record())) {
          copy.leaveOut(at, target);
        } else if (!isPromised(at.record()) && topics.test(message.topic())) {
          points.merge(message.topic(), message.points(), Integer::sum);
          copy.leaveOut(at, target);
        } else {
          copy.keep(at.record(), target);
        }
      }
      copy.endGap(target);
      copy.flush(target);
      target.force(false);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    Files.move(temporary, segment.file(), StandardCopyOption.ATOMIC_MOVE);
    segment.thinned(copy.written, new Segment.Lacking(copy.leftMessages, copy.left), copy.heaviest);
    points.forEach(
        (topic, count) -> dropped.diskFull(new Message(topic, NOTHING, count), maxBytes));
  }

  /** The copy that replaces a segment. */
  private final class Copy {

    private final Heaviest heaviest = new Heaviest();
    private ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    private @Nullable SpoolRecord first;
    private Gap gap = new Gap(0, 0);
    private long written;

    /** Points that were left out. */
    private long left;

    private long leftMessages;

    void leaveOut(SegmentReader.Found found, FileChannel target) throws IOException {
      SpoolRecord record = found.record();
      if (first != null && record.sequence() != gap.sequence()) {
        // messages missing in between are damaged, not dropped
        endGap(target);
      }
      if (first == null) {
        first = record;
      }
      Segment.Position behind = found.behind();
      gap = new Gap(behind.sequence(), behind.points());
    }

    void keep(SpoolRecord record, FileChannel target) throws IOException {
      endGap(target);
      put(record, target);
      heaviest.add(record.message(), SpoolRecord.bytes(record.message()), isPromised(record));
    }

    void endGap(FileChannel target) throws IOException {
      SpoolRecord begin = first;
      if (begin != null) {
        first = null;
        left += gap.points() - begin.pointsBefore();
        leftMessages += gap.sequence() - begin.sequence();
        put(gap.record(begin.sequence(), begin.pointsBefore(), begin.timeMillis()), target);
      }
    }

    private void put(SpoolRecord record, FileChannel target) throws IOException {
      int bytes = SpoolRecord.bytes(record.message());
      if (buffer.remaining() < bytes) {
        flush(target);
        if (buffer.remaining() < bytes) {
          buffer = ByteBuffer.allocate(bytes);
        }
      }
      record.write(buffer);
    }

    void flush(FileChannel target) throws IOException {
      buffer.flip();
      while (buffer.hasRemaining()) {
        written += target.write(buffer);
      }
      buffer.clear();
    }
  }
}
