package io.loda.server.store.dump;

import io.loda.server.metric.BadMetric;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the changes of a journal up to the first incomplete one; a kill usually leaves one at the
 * end. Blocks.
 */
final class JournalReader implements Closeable {

  private final String name;
  private final InputStream in;
  private final LinesIn lines;
  private final @Nullable String id;
  private final long after;
  private @Nullable Change next;
  private long good;

  /**
   * A change.
   *
   * @param number one more than the number of the change before
   * @param batch null: an empty change
   */
  record Change(long number, Instant at, @Nullable Batch batch) {}

  private JournalReader(String name, InputStream in) throws IOException {
    this.name = name;
    this.in = in;
    this.lines = new LinesIn(in);
    Fields head = whole();
    String found = null;
    long before = 0;
    if (head != null && head.has("journal")) {
      try {
        before = head.number("after");
        found = head.number("journal") == DumpReader.VERSION ? head.text("id") : null;
      } catch (BadMetric e) {
        // of another version
      }
    }
    id = found;
    after = before;
    next = id == null ? null : read();
  }

  /** Opens a journal; null if there is none. */
  static @Nullable JournalReader open(Disk disk, String name) throws IOException {
    InputStream in = disk.read(name);
    if (in == null) {
      return null;
    }
    try {
      return new JournalReader(name, in);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private @Nullable Fields whole() throws IOException {
    if (lines.next() && lines.isTerminated() && lines.fits()) {
      good = lines.end();
      return Fields.of(lines);
    }
    return null;
  }

  private @Nullable Change read() throws IOException {
    Fields fields = whole();
    if (fields == null) {
      return null;
    }
    try {
      List<Metric> changes = fields.metrics("changes");
      return new Change(
          fields.number("n"),
          Instant.ofEpochMilli(fields.number("at")),
          changes.isEmpty() ? null : new Batch(changes, fields.text("key")));
    } catch (BadMetric e) {
      return null;
    }
  }

  /** Returns the next change without consuming it; null after the last complete one. */
  @Nullable Change peek() {
    return next;
  }

  void skip() throws IOException {
    next = read();
  }

  /** Returns what follows the last complete change. Call it once {@link #peek} returns null. */
  Rest rest() throws IOException {
    // a kill damages only the last line
    boolean torn = !lines.isTerminated();
    boolean more = lines.skipRest();
    return new Rest(lines.end() - good, torn || !more);
  }

  /**
   * The unreadable end of a journal.
   *
   * @param isLast whether it is at most one line
   */
  record Rest(long bytes, boolean isLast) {}

  String name() {
    return name;
  }

  /** Returns the id of the dump; null if it can't be read. */
  @Nullable String id() {
    return id;
  }

  /** Returns the number of the change before its first one. */
  long after() {
    return after;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
