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
 * The dump, as it is made anew: aside, to the disk, and then in place of the old one. On the disk's
 * thread.
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
   * The dump in a folder.
   *
   * @param aside files that are put aside when the next dump is there: they can't be read, or only
   *     a part of them
   */
  DumpFile(Disk disk, Names names, String id, List<String> aside, Clock clock) {
    this.disk = disk;
    this.names = names;
    this.id = id;
    this.aside = new ArrayDeque<>(aside);
    this.clock = clock;
  }

  /** Begins the next one; to be {@link #commit}ted or {@link #discard}ed. */
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

  /** Puts one whose last step was made in place of the old one; the disk has it so then. */
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

  /** Writes one at once. */
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

  /** Gives up one that isn't in place yet. */
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
      // the next one takes its place
      LOG.debug("dump: delete failed", e);
    }
  }

  /** Makes an empty journal, in place of one that the dump has all of. */
  Journal journal(String name, long after) throws IOException {
    return Journal.create(disk, name, id, after);
  }

  /** Deletes a journal that the dump has all of. One that stays is passed over at a start. */
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

  /** How large the last one is; 0: none was written yet. */
  long bytes() {
    return bytes;
  }
}
