package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.DoneRanges;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.segment.SegmentReader;
import io.loda.agent.delivery.segment.SpoolRecord;
import io.loda.common.files.FileReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds what an earlier process left in a spool, and the next message's number. Blocks.
 *
 * <p>Every message before that number is in a file, done by the cursor, or missing. Messages that
 * are missing behind the last record of a file are reported by that file's reader. All others are
 * {@link #missingMessages}.
 */
final class Leftover {

  /** The time of messages whose time is unknown: they count as new. */
  private static final long UNKNOWN = Long.MAX_VALUE;

  private final List<Segment> segments;
  private final DoneRanges gone;
  private final long nowNanos;
  private long lastName = -1;
  private long nextSequence;
  private long nextPoints;
  private long newestMillis;
  private long missingMessages;
  private long missingPoints;

  /**
   * Finds the segments of a folder, and their ends.
   *
   * @param cursor null: it isn't known which messages are done
   */
  Leftover(Path folder, CursorFile.@Nullable Cursor cursor, long nowNanos) throws IOException {
    this.nowNanos = nowNanos;
    segments = new ArrayList<>(SpoolFolder.segments(folder));
    for (Segment segment : segments) {
      lastName = Math.max(lastName, segment.firstSequence());
    }
    correctNames();
    gone = new DoneRanges(cursor == null ? List.of() : cursor.done());
    if (cursor == null && !segments.isEmpty()) {
      Segment.Position first = segments.get(0).start();
      gone.add(new DoneRanges.Range(0, 0, first.sequence(), first.points()));
    }
    if (cursor != null) {
      nextSequence = cursor.nextSequence();
      nextPoints = cursor.nextPoints();
    }
    for (int i = 0; i < segments.size(); i++) {
      findEnd(segments.get(i), nextBehind(i));
    }
    findAges();
    findMissing();
    skipNames();
    Segment.Position before = new Segment.Position(0, 0, 0);
    for (Segment segment : segments) {
      leaveOutDone(segment, before);
      before = segment.end().sequence() > before.sequence() ? segment.end() : before;
    }
  }

  /** Corrects the names of files that were renamed or copied: their records tell their numbers. */
  private void correctNames() {
    boolean wrong = false;
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      Segment next = nextBehind(i);
      SpoolRecord first = first(segment);
      if (first != null
          && (first.sequence() < segment.firstSequence()
              || (next != null && first.sequence() >= next.firstSequence()))) {
        segments.set(i, new Segment(segment.file(), first.sequence(), first.pointsBefore()));
        wrong = true;
      }
    }
    if (wrong) {
      segments.sort(Comparator.comparingLong(Segment::firstSequence));
    }
  }

  private static @Nullable SpoolRecord first(Segment segment) {
    try (SegmentReader file = new SegmentReader(segment.file())) {
      SegmentReader.Found first = file.next(0, file.size());
      return first == null ? null : first.record();
    } catch (IOException e) {
      return null;
    }
  }

  /** Returns the next segment that begins with a higher number. */
  private @Nullable Segment nextBehind(int index) {
    for (Segment next : segments.subList(index + 1, segments.size())) {
      if (next.firstSequence() > segments.get(index).firstSequence()) {
        return next;
      }
    }
    return null;
  }

  /** Skips numbers so that no new file gets the name of an existing one. */
  private void skipNames() {
    if (lastName >= nextSequence) {
      gone.add(new DoneRanges.Range(nextSequence, nextPoints, lastName + 1, nextPoints));
      nextSequence = lastName + 1;
    }
  }

  private void findEnd(Segment segment, @Nullable Segment next) throws IOException {
    long size = Files.size(segment.file());
    Segment.Position behind = next == null ? null : next.start();
    DoneRanges.Range done = gone.behind(segment.firstSequence());
    if (done != null && (behind == null || done.from() < behind.sequence())) {
      behind = new Segment.Position(0, done.from(), done.fromPoints());
    }
    try {
      if (behind == null) {
        findLastEnd(segment, size);
      } else {
        segment.found(
            new Segment.Position(size, behind.sequence(), behind.points()),
            firstMillis(segment, size));
      }
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      guessEnd(segment, behind, size);
      segment.putOff(FileReason.of(e), nowNanos);
    }
  }

  private static long firstMillis(Segment segment, long size) throws IOException {
    try (SegmentReader file = new SegmentReader(segment.file())) {
      SegmentReader.Found first = file.next(0, size);
      return first == null ? UNKNOWN : first.record().timeMillis();
    }
  }

  /** Reads the whole newest segment to find its end, which no later file's name tells. */
  private void findLastEnd(Segment segment, long size) throws IOException {
    Segment.Position end = segment.start();
    long oldest = UNKNOWN;
    try (SegmentReader file = new SegmentReader(segment.file())) {
      for (SegmentReader.Found at = file.next(0, size);
          at != null;
          at = file.next(at.end(), size)) {
        long millis = at.record().timeMillis();
        oldest = oldest == UNKNOWN ? millis : oldest;
        segment.isAsNewAs(millis);
        end = at.behind();
      }
      if (size > end.offset()) {
        Segment.Lacking damaged = file.damaged(end.offset(), size);
        end =
            new Segment.Position(
                size, end.sequence() + damaged.messages(), end.points() + damaged.points());
      }
    }
    segment.found(
        new Segment.Position(
            size, Math.max(end.sequence(), nextSequence), Math.max(end.points(), nextPoints)),
        oldest);
    goOnBehind(segment.end(), 0);
  }

  /** Guesses the end of a segment that can't be read now; its reader finds it out later. */
  private void guessEnd(Segment segment, Segment.@Nullable Position behind, long size) {
    Segment.Position end = behind == null ? segment.start() : behind;
    segment.found(new Segment.Position(size, end.sequence(), end.points()), UNKNOWN);
    if (behind == null) {
      long records = size / SpoolRecord.MIN_BYTES + 1;
      segment.guessEnd(
          new Segment.Position(
              size,
              Math.max(end.sequence() + records, nextSequence),
              Math.max(end.points(), nextPoints)));
      // it can't have more points than bytes
      goOnBehind(segment.end(), size);
    }
  }

  private void goOnBehind(Segment.Position end, long morePoints) {
    nextSequence = Math.max(nextSequence, end.sequence());
    nextPoints = Math.max(nextPoints, end.points() + morePoints);
  }

  /** Estimates the age of each segment: that of the next one's beginning. */
  private void findAges() {
    for (int i = 0; i < segments.size(); i++) {
      Segment segment = segments.get(i);
      long next = i + 1 < segments.size() ? segments.get(i + 1).oldestMillis() : 0;
      segment.isAsNewAs(next);
      segment.isAsNewAs(segment.oldestMillis());
      newestMillis = segment.newestMillis() == UNKNOWN ? newestMillis : segment.newestMillis();
    }
  }

  /** Walks over all numbers, and counts the messages that are nowhere. */
  private void findMissing() {
    Segment.Position at = new Segment.Position(0, 0, 0);
    for (Segment segment : segments) {
      at = missingUntil(segment.start(), at);
      at = at.sequence() < segment.end().sequence() ? segment.end() : at;
    }
    missingUntil(new Segment.Position(0, nextSequence, nextPoints), at);
  }

  private Segment.Position missingUntil(Segment.Position until, Segment.Position from) {
    Segment.Position at = from;
    while (at.sequence() < until.sequence()) {
      DoneRanges.Range done = gone.covering(at.sequence());
      if (done == null) {
        DoneRanges.Range next = gone.behind(at.sequence());
        Segment.Position end =
            next == null || next.from() > until.sequence()
                ? until
                : new Segment.Position(0, next.from(), next.fromPoints());
        missingMessages += end.sequence() - at.sequence();
        missingPoints += Math.max(0, end.points() - at.points());
        gone.add(DoneRanges.Range.between(at, end));
        at = end;
      } else {
        at = new Segment.Position(0, done.to(), done.toPoints());
      }
    }
    return at;
  }

  /**
   * Moves the read position of a segment behind what is done.
   *
   * @param before the end of the segments before it: messages up to there are copies
   */
  private void leaveOutDone(Segment segment, Segment.Position before) {
    DoneRanges.Range range = gone.covering(segment.firstSequence());
    Segment.Position done =
        range == null ? segment.start() : new Segment.Position(0, range.to(), range.toPoints());
    done = before.sequence() > done.sequence() ? before : done;
    if (done.sequence() >= segment.end().sequence()) {
      segment.readFrom(segment.end());
    } else if (done.sequence() > segment.firstSequence()) {
      segment.readFrom(new Segment.Position(0, done.sequence(), done.points()));
    }
  }

  /** Returns all segments, oldest first. */
  List<Segment> segments() {
    return segments;
  }

  /** Returns the messages that are done or missing. */
  DoneRanges gone() {
    return gone;
  }

  /** Returns the number of the next message. */
  long nextSequence() {
    return nextSequence;
  }

  /** Returns how many points were written before the next message. */
  long nextPoints() {
    return nextPoints;
  }

  /** Returns when the newest message came, by the spool's clock; 0: unknown. */
  long newestMillis() {
    return newestMillis;
  }

  /** Returns how many messages are neither in a file nor done. */
  long missingMessages() {
    return missingMessages;
  }

  long missingPoints() {
    return missingPoints;
  }
}
