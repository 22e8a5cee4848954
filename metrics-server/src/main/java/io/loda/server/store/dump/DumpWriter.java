package io.loda.server.store.dump;

import io.loda.server.store.KeptAnswer;
import io.loda.server.store.StoredMetrics;
import io.loda.server.store.StoredMetrics.Stored;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.Iterator;

/**
 * Writes a dump in steps, so that changes can be written to the journal between them. On the disk's
 * thread.
 */
final class DumpWriter implements Closeable {

  /** The bytes of a step, which take the disk some milliseconds. */
  private static final long STEP_BYTES = 512 * 1024;

  private final LinesOut out;
  private final Iterator<Stored> metrics;
  private final Iterator<KeptAnswer> answers;
  private final Line line = new Line();
  private final StoredMetrics.Copy copy;

  /**
   * Begins a dump.
   *
   * @param out an empty file; the writer closes it
   * @param changes the number of the last change that the copy contains
   */
  DumpWriter(Disk.Output out, String id, long changes, StoredMetrics.Copy copy, Instant now)
      throws IOException {
    this.out = new LinesOut(out);
    this.copy = copy;
    this.metrics = copy.metrics().iterator();
    this.answers = copy.answers().iterator();
    this.out.write(
        line.begin()
            .field("dump", DumpReader.VERSION)
            .field("id", id)
            .field("changes", changes)
            .field("count", copy.metrics().size())
            .field("time", now.toString()));
  }

  /** Writes the next part; returns true after the last one, when the whole dump is on the disk. */
  boolean step() throws IOException {
    long end = out.bytes() + STEP_BYTES;
    while (metrics.hasNext() && out.bytes() < end) {
      out.write(line.of(metrics.next()));
    }
    while (!metrics.hasNext() && answers.hasNext() && out.bytes() < end) {
      out.write(line.of(answers.next()));
    }
    boolean last = !metrics.hasNext() && !answers.hasNext();
    if (last) {
      out.write(
          line.begin()
              .field("metrics", copy.metrics().size())
              .field("answers", copy.answers().size()));
    }
    // force each part: else the last step would wait for the whole file
    out.force();
    return last;
  }

  long bytes() {
    return out.bytes();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
