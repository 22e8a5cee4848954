package io.loda.server.store.dump;

import io.loda.common.files.FileReason;
import io.loda.common.time.Backoff;
import io.loda.server.store.StoredMetrics;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dump, and the journal of the changes since. When the journal is large, a new dump is written
 * in steps; meanwhile changes go into the other journal. On the disk's thread.
 */
final class JournalledDump {

  private static final Logger LOG = LoggerFactory.getLogger(JournalledDump.class);

  private static final Backoff DUMP_RETRY =
      Backoff.of(Duration.ofSeconds(1), Duration.ofMinutes(1));

  private final DumpFile dump;
  private final Names names;
  private final long journalFloor;
  private final Saving.Timer timer;
  private final Consumer<Exception> failing;

  private @Nullable Journal journal;
  private @Nullable DumpWriter next;

  /** Whether the other journal has changes that the dump doesn't contain yet. */
  private boolean otherNeeded;

  private Backoff backoff = DUMP_RETRY;
  private volatile boolean resting;

  /**
   * Creates it without a journal.
   *
   * @param journalFloor a smaller journal never causes a new dump
   * @param failing called when there is no journal after a dump
   */
  JournalledDump(
      DumpFile dump,
      Names names,
      long journalFloor,
      Saving.Timer timer,
      Consumer<Exception> failing) {
    this.dump = dump;
    this.names = names;
    this.journalFloor = journalFloor;
    this.timer = timer;
    this.failing = failing;
  }

  /**
   * Begins a journal after the dump that is there.
   *
   * @param changes the number of the last change that the dump contains
   * @return false if that failed
   */
  boolean beginJournal(long changes) {
    try {
      dump.deleteJournals();
      journal = dump.journal(names.journals().get(0), changes);
      return true;
    } catch (IOException e) {
      LOG.debug("dump: no journal after the dump that is there", e);
      return false;
    }
  }

  /** Returns the journal for the next changes; null if there is no sound one. */
  @Nullable Journal journal() {
    return journal;
  }

  /** Returns whether the next step needs a copy of the metrics, for a dump. */
  boolean needsCopy(boolean anyWaiting) {
    return isDumpDue() || (journal == null && anyWaiting && !resting);
  }

  private boolean isDumpDue() {
    return journal != null
        && next == null
        && !resting
        && journal.bytes() > Math.max(journalFloor, dump.bytes());
  }

  /**
   * Writes a whole dump, which makes both journals void, and begins a new journal.
   *
   * @param upTo the number of the last change that the copy contains
   * @throws IOException when the dump fails; the next attempt is made after a pause
   */
  void writeDump(StoredMetrics.Copy copy, long upTo) throws IOException {
    try {
      write(copy, upTo);
    } catch (IOException | RuntimeException e) {
      rest();
      throw e;
    }
  }

  private void write(StoredMetrics.Copy copy, long upTo) throws IOException {
    dump.write(copy, upTo);
    backoff = DUMP_RETRY;
    otherNeeded = false;
    if (journal != null) {
      close(journal);
      journal = null;
    }
    dump.deleteJournals();
    try {
      journal = dump.journal(names.journals().get(0), upTo);
    } catch (IOException e) {
      // the dump contains all changes; the next change tries to create a journal again
      rest();
      failing.accept(e);
    }
  }

  /** Begins a dump if the journal is large; meanwhile changes go into the other journal. */
  void beginDumpIfDue(StoredMetrics.Copy copy, long upTo) {
    Journal full = journal;
    if (full == null || !isDumpDue()) {
      return;
    }
    try {
      if (!otherNeeded) {
        journal = dump.journal(names.otherJournal(full.name()), upTo);
        otherNeeded = true;
        close(full);
      }
      next = dump.begin(copy, upTo);
    } catch (IOException | RuntimeException e) {
      dumpFailed(e);
    }
  }

  /** Writes the next part of a dump that was begun; returns whether there are more. */
  boolean goOnWithDump() {
    DumpWriter writer = next;
    Journal current = journal;
    if (writer == null || current == null) {
      return false;
    }
    try {
      if (writer.step()) {
        dump.commit(writer);
        next = null;
        dump.deleteJournal(names.otherJournal(current.name()));
        otherNeeded = false;
        backoff = DUMP_RETRY;
      }
    } catch (IOException | RuntimeException e) {
      dump.discard(writer);
      next = null;
      dumpFailed(e);
    }
    return next != null;
  }

  private void dumpFailed(Exception e) {
    LOG.warn(
        "dump: write failed, {}; the journal has all, retrying in {} s",
        FileReason.of(e),
        backoff.pause().toSeconds());
    rest();
  }

  /** Waits some time before the next attempt at a dump. */
  private void rest() {
    resting = true;
    timer.after(backoff.pause(), () -> resting = false);
    backoff = backoff.longer();
  }

  /**
   * Truncates the journal to its last forced change. If that fails, there is no journal any more.
   *
   * @param failure gets the second failure as suppressed
   */
  void cutBack(Exception failure) {
    Journal current = journal;
    if (current == null) {
      return;
    }
    try {
      current.cutBack();
    } catch (IOException | RuntimeException e) {
      // the journal may have the undone changes: a dump with a higher number makes them void
      failure.addSuppressed(e);
      close(current);
      journal = null;
      if (next != null) {
        dump.discard(next);
        next = null;
      }
    }
  }

  /** Writes a last dump if the dump doesn't contain all changes, and closes the journal. */
  void end(StoredMetrics.Copy copy, long upTo) {
    try {
      if (journal == null || otherNeeded || journal.last() > journal.after()) {
        write(copy, upTo);
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("dump: write failed at the end, {}; the journal has all", FileReason.of(e));
    }
    if (journal != null) {
      close(journal);
      if (!otherNeeded && journal.last() == journal.after()) {
        // the dump contains all changes
        dump.deleteJournals();
      }
    }
  }

  private static void close(Journal journal) {
    try {
      journal.close();
    } catch (IOException e) {
      LOG.debug("dump: close failed", e);
    }
  }
}
