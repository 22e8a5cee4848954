package io.loda.server.store.dump;

import io.loda.server.metric.Batch;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a journal. On the disk's thread. */
final class Journal implements Closeable {

  private static final long MOST_FILL_BYTES = 1 << 20;

  private final String name;
  private final LinesOut out;
  private final Line line = new Line();
  private LinesOut.Mark kept;
  private long last;
  private long lastKept;
  private int failedBytes;
  private final long after;

  private Journal(String name, LinesOut out, long after) {
    this.name = name;
    this.out = out;
    this.last = after;
    this.lastKept = after;
    this.after = after;
    this.kept = out.mark();
  }

  /**
   * Creates an empty journal durably; replaces one of ours.
   *
   * @param id the id of the dump
   * @param after the number of the change before its first one
   */
  static Journal create(Disk disk, String name, String id, long after) throws IOException {
    LinesOut out = new LinesOut(disk.create(name));
    Journal journal = new Journal(name, out, after);
    try {
      out.write(
          journal
              .line
              .begin()
              .field("journal", DumpReader.VERSION)
              .field("id", id)
              .field("after", after));
      journal.force();
      disk.forceNames();
      return journal;
    } catch (IOException e) {
      journal.close();
      throw e;
    }
  }

  /**
   * Appends a change, which is on the disk only after {@link #force}.
   *
   * @param batch null: an empty change, to test the disk. It takes as many bytes as the changes
   *     that failed, as a full disk may have room for less
   */
  void add(long number, @Nullable Batch batch, Instant at) throws IOException {
    line.begin().field("n", number).field("at", at.toEpochMilli());
    if (batch == null) {
      line.field("fill", "0".repeat(failedBytes));
    } else if (batch.key() != null) {
      line.field("key", batch.key());
    }
    out.write(line.field("changes", batch == null ? List.of() : batch.changes()));
    last = number;
  }

  void force() throws IOException {
    out.force();
    kept = out.mark();
    lastKept = last;
  }

  /** Truncates the journal to its last forced change; fails if later ones may be on the disk. */
  void cutBack() throws IOException {
    failedBytes = (int) Math.min(MOST_FILL_BYTES, out.bytes() - kept.bytes());
    out.cutBack(kept);
    last = lastKept;
  }

  String name() {
    return name;
  }

  /** Returns the number of the last forced change. */
  long last() {
    return lastKept;
  }

  /** Returns the number of the change before its first one. */
  long after() {
    return after;
  }

  long bytes() {
    return out.bytes();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
