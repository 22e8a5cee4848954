package io.loda.agent.delivery.segment;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file of the spool, and which of its records still wait. Only the spool's worker uses it, except
 * {@link #fate}.
 *
 * <p>The file's name has the number of its first record and the points before it, so that neither
 * has to be read.
 */
public final class Segment {

  /** The offset of a record, its number, and the points before it. */
  public record Position(long offset, long sequence, long points) {}

  private final Path file;
  private final Position start;
  private Position end;
  private Position read;
  private long newestMillis;
  private long oldestMillis;

  /** What happened to the file while some of its messages were in memory. */
  public enum Fate {
    THERE,
    /** The agent deleted it: to make room, or because all of it was done. */
    DELETED,
    /** Another process deleted it. */
    LOST
  }

  private volatile Fate fate = Fate.THERE;

  /** The records that are also in memory, and not done. */
  private final TreeMap<Long, Position> out = new TreeMap<>();

  /** Points of records behind the read position that the reader skips, as they were in memory. */
  private final Map<Long, Integer> ahead = new HashMap<>();

  private long aheadPoints;

  /** Points behind the read position that were dropped to make room. */
  private long gapPoints;

  private long gapMessages;

  /** Null: not known yet. */
  private @Nullable Heaviest heaviest;

  /** Whether {@link #end} is a guess, as the file couldn't be read; its reader finds it out. */
  private boolean endGuessed;

  private String failure = "";
  private long retryNanos;

  public Segment(Path file, long sequence, long points) {
    this.file = file;
    this.start = new Position(0, sequence, points);
    this.end = start;
    this.read = start;
  }

  /** Creates a segment that never had a file. */
  public static Segment deleted() {
    Segment none = new Segment(Path.of("deleted"), 0, 0);
    none.ends(Fate.DELETED);
    return none;
  }

  /** Returns its heaviest topics; null: not known yet. */
  public @Nullable Heaviest heaviest() {
    return heaviest;
  }

  public void heaviest(Heaviest found) {
    heaviest = found;
  }

  /** Returns whether none of its messages was read or is in memory. */
  public boolean isUntouched() {
    return read.equals(start) && out.isEmpty() && ahead.isEmpty();
  }

  /**
   * Notes that a copy without some messages replaced the file.
   *
   * @param without all messages that aren't in it
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

  /** Notes the time of a message in it. */
  public void isAsNewAs(long millis) {
    newestMillis = Math.max(newestMillis, millis);
  }

  public long newestMillis() {
    return newestMillis;
  }

  /** Returns when the first point of its first record came. */
  public long oldestMillis() {
    return oldestMillis;
  }

  /** Sets what the spool found in the file when it was opened. */
  public void found(Position end, long oldestMillis) {
    this.end = end;
    this.oldestMillis = oldestMillis;
  }

  /** Sets the read position: all messages before it are done. */
  public void readFrom(Position position) {
    read = position;
  }

  /**
   * Notes a record that was written.
   *
   * @param handed true: it stays in memory too, so it isn't read back
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

  /** Returns what happened to the file. Any thread. */
  public Fate fate() {
    return fate;
  }

  public void ends(Fate how) {
    fate = how;
  }

  /** Returns whether records are unread, or missing behind the last. */
  public boolean hasUnread() {
    return read.offset() < end.offset() || read.sequence() < end.sequence();
  }

  /** Returns whether records are unread and, after a failure, the retry is due. */
  public boolean isReadable(long nowNanos) {
    return hasUnread() && (failure.isEmpty() || nowNanos - retryNanos >= 0);
  }

  /** Notes that reading failed: it is retried later, and other segments are read meanwhile. */
  public void putOff(String why, long untilNanos) {
    failure = why;
    retryNanos = untilNanos;
  }

  public void wasRead() {
    failure = "";
  }

  /** Returns why the last read failed; empty: it didn't. */
  public String failure() {
    return failure;
  }

  /** Sets an end that is certainly behind the last record. */
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

  /** Moves the read position over a record; returns whether to hand it out. */
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

  /** Returns how many messages are missing between the read position and another one. */
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

  /** Moves the read position over missing records. */
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

  /** Returns whether all its messages are done. */
  public boolean finished() {
    return out.isEmpty() && !hasUnread();
  }

  /** Returns the first message that isn't done; all before it are. */
  public Position lowest() {
    Map.Entry<Long, Position> first = out.firstEntry();
    return first != null && first.getKey() < read.sequence() ? first.getValue() : read;
  }
}
