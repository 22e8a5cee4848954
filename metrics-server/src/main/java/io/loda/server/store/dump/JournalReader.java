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
 * Reads a journal's changes, as far as they are whole. That a kill leaves a part of the last one is
 * normal. Blocks.
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
   * @param number one more than that of the change before
   * @param batch null: it changes nothing
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

  /** Opens one; null where there is none. */
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

  /** The next change, which stays the next one; null where there is none that is whole. */
  @Nullable Change peek() {
    return next;
  }

  void skip() throws IOException {
    next = read();
  }

  /** What comes after the last whole change; once {@link #peek} is null. */
  Rest rest() throws IOException {
    // another line than the last one isn't what a kill leaves
    boolean torn = !lines.isTerminated();
    boolean more = lines.skipRest();
    return new Rest(lines.end() - good, torn || !more);
  }

  /**
   * The end of a journal that isn't read.
   *
   * @param isLast whether it is one line at most
   */
  record Rest(long bytes, boolean isLast) {}

  String name() {
    return name;
  }

  /** Of which dump it is; null: it can't be told. */
  @Nullable String id() {
    return id;
  }

  /** The number of the change before its first. */
  long after() {
    return after;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
