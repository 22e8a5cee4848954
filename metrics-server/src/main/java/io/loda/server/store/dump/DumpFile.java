package io.loda.server.store.dump;

import io.loda.server.store.StoredMetrics;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes new dumps: to a file beside the dump, forced to the disk, then renamed over the old dump.
 * On the disk's thread.
 */
final class DumpFile {

  private static final Logger LOG = LoggerFactory.getLogger(DumpFile.class);

  private final Disk disk;
  private final Names names;
  private final String id;
  private final Deque<String> aside;
  private final Clock clock;
  private long bytes;

  /**
   * Makes the writer of the dumps in a folder.
   *
   * @param aside damaged or unreadable files, to be put aside once the next dump is in place
   */
  DumpFile(Disk disk, Names names, String id, List<String> aside, Clock clock) {
    this.disk = disk;
    this.names = names;
    this.id = id;
    this.aside = new ArrayDeque<>(aside);
    this.clock = clock;
  }

  /** Begins the next dump, which is then {@link #commit}ted or {@link #discard}ed. */
  DumpWriter begin(StoredMetrics.Copy copy, long changes) throws IOException {
    Disk.Output out = disk.create(names.next());
    try {
      return new DumpWriter(out, id, changes, copy, clock.instant());
    } catch (IOException e) {
      out.close();
      discard();
      throw e;
    }
  }

  /** Replaces the old dump by a complete new one, durably. */
  void commit(DumpWriter next) throws IOException {
    next.close();
    for (String bad = aside.peek(); bad != null; bad = aside.peek()) {
      if (disk.has(bad)) {
        LOG.warn(
            "dump: {} is kept as {}", bad, Names.putAside(disk, bad, Names.BAD, clock.instant()));
      }
      aside.remove();
    }
    disk.rename(names.next(), names.dump());
    disk.forceNames();
    bytes = next.bytes();
  }

  /** Writes a whole dump at once. */
  void write(StoredMetrics.Copy copy, long changes) throws IOException {
    DumpWriter next = begin(copy, changes);
    try {
      while (!next.step()) {
        // the next part
      }
      commit(next);
    } catch (IOException | RuntimeException e) {
      discard(next);
      throw e;
    }
  }

  /** Gives up a dump that was begun. */
  void discard(DumpWriter next) {
    try {
      next.close();
    } catch (IOException e) {
      LOG.debug("dump: close failed", e);
    }
    discard();
  }

  private void discard() {
    try {
      disk.delete(names.next());
    } catch (IOException e) {
      // the next dump replaces the file
      LOG.debug("dump: delete failed", e);
    }
  }

  /** Creates an empty journal; replaces one whose changes the dump contains. */
  Journal journal(String name, long after) throws IOException {
    return Journal.create(disk, name, id, after);
  }

  /** Deletes a journal whose changes the dump contains. If that fails, the next start skips it. */
  void deleteJournal(String name) {
    try {
      disk.delete(name);
    } catch (IOException e) {
      LOG.debug("dump: delete failed", e);
    }
  }

  void deleteJournals() {
    names.journals().forEach(this::deleteJournal);
  }

  /** Returns the size of the last dump; 0: none was written yet. */
  long bytes() {
    return bytes;
  }
}
