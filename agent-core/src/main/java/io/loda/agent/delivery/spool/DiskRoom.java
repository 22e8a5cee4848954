package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Segment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes room in a full spool by dropping messages that may be dropped. Blocks; one thread at a
 * time.
 *
 * <p>If the file system is full, it doesn't drop old messages for new ones: another program filled
 * it, and would take that space, too.
 */
final class DiskRoom {

  /**
   * Above this many segments none is thinned: each remaining one costs a read when the spool opens.
   */
  private static final int MOST_SEGMENTS = 4_096;

  private final Segments segments;
  private final SpoolWriter writer;
  private final Thinning thinning;
  private final Dropper dropper;
  private final long maxBytes;

  /** Deletes a segment and counts the messages that are dropped with it. */
  interface Dropper {
    void drop(Segment segment) throws IOException;
  }

  DiskRoom(
      Path folder,
      long maxBytes,
      Dropped dropped,
      Segments segments,
      SpoolWriter writer,
      Dropper dropper,
      boolean keepsPromises) {
    this.segments = segments;
    this.writer = writer;
    this.thinning = new Thinning(folder, dropped, maxBytes, keepsPromises);
    this.dropper = dropper;
    this.maxBytes = maxBytes;
  }

  boolean isFor(long bytes) {
    return segments.bytes() + bytes <= maxBytes;
  }

  /**
   * Returns how many bytes could be dropped for promised messages. Returns 0 while half of the
   * disk's bound is free, since finding out takes reading the files of an earlier process.
   */
  long droppableBytes() {
    return isFor(maxBytes / 2)
        ? 0
        : segments.all().stream().mapToLong(thinning::droppableBytes).sum();
  }

  /** Makes room; returns false if too little may be dropped. */
  boolean make(long bytes) throws IOException {
    while (!isFor(bytes)) {
      if (!makeSome(segments.all())) {
        return false;
      }
    }
    return true;
  }

  /** Thins or deletes one segment; returns false if none may be. */
  private boolean makeSome(List<Segment> all) throws IOException {
    Segment writing = all.stream().filter(writer::isAt).findFirst().orElse(null);
    Thinning.Choice choice = all.size() > MOST_SEGMENTS ? null : thinning.choose(all, writing);
    if (choice != null && !choice.whole()) {
      try {
        if (choice.segment().equals(writing)) {
          writer.force();
          writer.close();
        }
        thinning.thin(choice.segment(), choice.topics());
        return true;
      } catch (IOException e) {
        // the disk may have no room for the copy
        choice = null;
      }
    }
    Thinning.Choice whole = choice == null ? thinning.chooseWhole(all) : choice;
    if (whole == null) {
      return false;
    }
    dropper.drop(whole.segment());
    return true;
  }
}
