package io.loda.agent.delivery.segment;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One file of the spool, and which of its records still wait. Only on the spool's worker.
 *
 * <p>Its name says the sequence of its first record and how many points came before, so that
 * neither has to be read.
 */
public final class Segment {

  /** Where a record begins, and what comes before it. */
  public record Position(long offset, long sequence, long points) {}

  private final Path file;
  private final Position start;
  private Position end;
  private Position read;
  private long newestMillis;
  private long oldestMillis;

  /** What became of its file while somebody had messages of it. */
  public enum Fate {
    THERE,
    /** Deleted, to make room for others or as all of it was done. */
    DELETED,
    /** Deleted by somebody else. */
    LOST
  }

  private volatile Fate fate = Fate.THERE;

  /** Records that somebody has, or that wait in memory to be had, and that aren't done. */
  private final TreeMap<Long, Position> out = new TreeMap<>();

  /** Points of records behind the reader which it is to step over, as they were in memory. */
  private final Map<Long, Integer> ahead = new HashMap<>();

  private long aheadPoints;

  /** Points behind the reader that aren't there: they were taken out to make room. */
  private long gapPoints;

  private long gapMessages;

  /** Null: not known yet. */
  private @Nullable Heaviest heaviest;

  /** Whether the file's end couldn't be looked for: what it is, its reader finds out. */
  private boolean endGuessed;

  private String failure = "";
  private long retryNanos;

  public Segment(Path file, long sequence, long points) {
    this.file = file;
    this.start = new Position(0, sequence, points);
    this.end = start;
    this.read = start;
  }

  /** One that never was a file. */
  public static Segment deleted() {
    Segment none = new Segment(Path.of("deleted"), 0, 0);
    none.ends(Fate.DELETED);
    return none;
  }

  /** Which topics hold much of it; null: it isn't known yet. */
  public @Nullable Heaviest heaviest() {
    return heaviest;
  }

  /** Takes note of it. */
  public void heaviest(Heaviest found) {
    heaviest = found;
  }

  /** Whether nothing of it was ever read, nor waits in memory too. */
  public boolean isUntouched() {
    return read.equals(start) && out.isEmpty() && ahead.isEmpty();
  }

  /**
   * Another file took its place, without some messages.
   *
   * @param without all that aren't in it
   */
  public void thinned(long bytes, Lacking without, Heaviest left) {
    end = new Position(bytes, end.sequence(), end.points());
    gapPoints = without.points();
    gapMessages = without.messages();
    heaviest = left;
  }

  public Path file() {
    return file;
  }

  public long firstSequence() {
    return start.sequence();
  }

  public long size() {
    return end.offset();
  }

  public Position start() {
    return start;
  }

  public Position end() {
    return end;
  }

  public Position read() {
    return read;
  }

  /** It has a message that came then. */
  public void isAsNewAs(long millis) {
    newestMillis = Math.max(newestMillis, millis);
  }

  public long newestMillis() {
    return newestMillis;
  }

  /** When the first point of its first record came. */
  public long oldestMillis() {
    return oldestMillis;
  }

  /** What was found in the file when the spool was opened. */
  public void found(Position end, long oldestMillis) {
    this.end = end;
    this.oldestMillis = oldestMillis;
  }

  /** Goes on where an earlier process was. */
  public void readFrom(Position position) {
    read = position;
  }

  /**
   * Takes note of a record that was written.
   *
   * @param handed whether it waits in memory too, so that it isn't to be read
   */
  public void appended(SpoolRecord record, int bytes, boolean handed) {
    Position at = end;
    if (at.offset() == 0) {
      heaviest = new Heaviest();
    }
    if (heaviest != null) {
      heaviest.add(record.message(), bytes, record.promised());
    }
    end =
        new Position(
            at.offset() + bytes,
            record.sequence() + 1,
            record.pointsBefore() + record.message().points());
    isAsNewAs(record.timeMillis());
    if (at.offset() == 0) {
      oldestMillis = record.timeMillis();
    }
    if (handed) {
      out.put(record.sequence(), at);
      if (read.offset() == at.offset()) {
        read = end;
      } else {
        ahead.put(record.sequence(), record.message().points());
        aheadPoints += record.message().points();
      }
    }
  }

  /** From any thread. */
  public Fate fate() {
    return fate;
  }

  public void ends(Fate how) {
    fate = how;
  }

  /** Whether there is something to be read, or to be missed. */
  public boolean hasUnread() {
    return read.offset() < end.offset() || read.sequence() < end.sequence();
  }

  /** Whether something is to be read, and its time has come where that failed. */
  public boolean isReadable(long nowNanos) {
    return hasUnread() && (failure.isEmpty() || nowNanos - retryNanos >= 0);
  }

  /** Its disk failed: it is read again later, and others meanwhile. */
  public void putOff(String why, long untilNanos) {
    failure = why;
    retryNanos = untilNanos;
  }

  public void wasRead() {
    failure = "";
  }

  /** Why it couldn't be read; empty: it could, or nobody tried. */
  public String failure() {
    return failure;
  }

  /** Takes an end that is sure to be behind what is in the file. */
  public void guessEnd(Position guessed) {
    end = guessed;
    endGuessed = true;
  }

  public boolean isEndGuessed() {
    return endGuessed;
  }

  public long unreadPoints() {
    return Math.max(0, end.points() - read.points() - aheadPoints - gapPoints);
  }

  /** The reader passes a record; whether it is to be handed out. */
  public boolean pass(SegmentReader.Found found) {
    read = found.behind();
    if (Gap.is(found.record())) {
      gapPoints = Math.max(0, gapPoints - (read.points() - found.record().pointsBefore()));
      gapMessages = Math.max(0, gapMessages - (read.sequence() - found.record().sequence()));
      return false;
    }
    Integer points = ahead.remove(found.record().sequence());
    if (points != null) {
      aheadPoints -= points;
    }
    return points == null;
  }

  public void handOut(SegmentReader.Found found) {
    SpoolRecord record = found.record();
    out.put(
        record.sequence(), new Position(found.offset(), record.sequence(), record.pointsBefore()));
  }

  /** How many messages before a position the reader didn't come to, and isn't to step over. */
  public Lacking lacking(Position until) {
    long messages = until.sequence() - read.sequence();
    long points = until.points() - read.points();
    for (Map.Entry<Long, Integer> handed : ahead.entrySet()) {
      if (handed.getKey() < until.sequence()) {
        messages--;
        points -= handed.getValue();
      }
    }
    if (until.sequence() >= end.sequence()) {
      messages -= gapMessages;
      points -= gapPoints;
    }
    return new Lacking(messages, Math.max(0, points));
  }

  public record Lacking(long messages, long points) {}

  /** Steps over what isn't there. */
  public void stepTo(Position position) {
    ahead
        .entrySet()
        .removeIf(
            handed -> {
              boolean before = handed.getKey() < position.sequence();
              aheadPoints -= before ? handed.getValue() : 0;
              return before;
            });
    read = position;
  }

  public void readToEnd() {
    stepTo(end);
    gapPoints = 0;
    gapMessages = 0;
  }

  public void done(long sequence) {
    out.remove(sequence);
  }

  /** Nothing in it waits any more. */
  public boolean finished() {
    return out.isEmpty() && !hasUnread();
  }

  /** Everything before this is done. */
  public Position lowest() {
    Map.Entry<Long, Position> first = out.firstEntry();
    return first != null && first.getKey() < read.sequence() ? first.getValue() : read;
  }
}
