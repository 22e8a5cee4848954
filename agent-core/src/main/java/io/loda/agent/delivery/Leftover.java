package io.loda.agent.delivery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an earlier process left in a spool, and where the next one goes on. Blocks. */
final class Leftover {

  private final List<Segment> segments;
  private long nextSequence;
  private long nextPoints;

  /** Finds the segments of a folder, and their ends. */
  Leftover(Path folder, long nowNanos) throws IOException {
    segments = SpoolFolder.segments(folder);
    for (int i = 0; i < segments.size(); i++) {
      Segment next = i + 1 < segments.size() ? segments.get(i + 1) : null;
      try {
        findEnd(segments.get(i), next);
      } catch (IOException e) {
        guessEnd(segments.get(i), next, e, nowNanos);
      }
    }
    if (!segments.isEmpty()) {
      Segment last = segments.get(segments.size() - 1);
      nextSequence = last.end().sequence();
      // of points that nobody could count there are no more than bytes
      nextPoints = last.end().points() + (last.isEndGuessed() ? last.size() : 0);
    }
  }

  private static void findEnd(Segment segment, @Nullable Segment next) throws IOException {
    long size = Files.size(segment.file());
    long newest = Files.getLastModifiedTime(segment.file()).toMillis();
    Segment.Position end = segment.read();
    long oldest = newest;
    try (SegmentReader file = new SegmentReader(segment.file())) {
      SegmentReader.Found at = file.next(0, size);
      if (at != null) {
        oldest = at.record().timeMillis();
      }
      for (; at != null && next == null; at = file.next(at.end(), size)) {
        end = at.behind();
      }
    }
    if (next != null) {
      end = new Segment.Position(size, next.read().sequence(), next.read().points());
    } else if (size > end.offset()) {
      // what stands behind the last whole record was one once, or more: nobody can say
      end = new Segment.Position(size, end.sequence() + 1, end.points());
    }
    segment.found(end, oldest, newest);
  }

  /** Its disk fails: its reader finds out what is in it. */
  private static void guessEnd(
      Segment segment, @Nullable Segment next, IOException why, long nowNanos) throws IOException {
    long size = Files.size(segment.file());
    long newest = Files.getLastModifiedTime(segment.file()).toMillis();
    Segment.Position start = segment.read();
    if (next == null) {
      long records = size / SpoolRecord.MIN_BYTES + 1;
      segment.found(start, newest, newest);
      segment.guessEnd(new Segment.Position(size, start.sequence() + records, start.points()));
    } else {
      Segment.Position behind = next.read();
      segment.found(new Segment.Position(size, behind.sequence(), behind.points()), newest, newest);
    }
    segment.putOff(why.toString(), nowNanos);
  }

  /** Leaves out what a cursor says is done. */
  void goOn(CursorFile.Cursor at) {
    // no new segment may have the name of one that the cursor knows
    nextSequence = Math.max(nextSequence, at.position().sequence() + 1);
    nextPoints = Math.max(nextPoints, at.position().points());
    for (Segment segment : segments) {
      if (segment.firstSequence() == at.segment() && at.position().offset() <= segment.size()) {
        segment.readFrom(at.position());
      }
    }
  }

  /** The oldest first. */
  List<Segment> segments() {
    return segments;
  }

  /** The sequence of the next message that is written. */
  long nextSequence() {
    return nextSequence;
  }

  /** How many points come before it. */
  long nextPoints() {
    return nextPoints;
  }
}
