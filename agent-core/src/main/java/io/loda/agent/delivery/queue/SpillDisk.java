package io.loda.agent.delivery.queue;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.spool.Entry;
import io.loda.agent.delivery.spool.Spool;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of a queue is on disk: its spool, what was last known of that, and whether it fails. Blocks,
 * on the queue's worker, where a method doesn't say that it is for any thread.
 */
final class SpillDisk {

  private static final Logger LOG = LoggerFactory.getLogger(SpillDisk.class);

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** What a kill may have sent twice. */
  static final int CURSOR_MESSAGES = 256;

  private static final long CURSOR_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** What is there. {@code points}: that aren't in memory; {@code oldestSinceNanos}: since when. */
  record Known(
      long bytes,
      long droppableBytes,
      long points,
      OptionalLong oldestSinceNanos,
      long unreadablePoints) {}

  private final String output;
  private final AgentConfig.Delivery config;
  private final Spool spool;
  private final LongSupplier nanoTime;

  private int unsaved;
  private volatile long savedNanos;
  private volatile Known known = new Known(0, 0, 0, OptionalLong.empty(), 0);
  private volatile String failure = "";
  private volatile String trouble = "";
  private volatile long nextTidyNanos;

  /** A spool that isn't open yet. */
  SpillDisk(String output, AgentConfig.Delivery config, Spool spool, LongSupplier nanoTime) {
    this.output = output;
    this.config = config;
    this.spool = spool;
    this.nanoTime = nanoTime;
    this.savedNanos = nanoTime.getAsLong();
    this.nextTidyNanos = nanoTime.getAsLong() + SECOND;
  }

  /** Opens the spool where it isn't. */
  void open() throws IOException {
    if (!spool.isOpen()) {
      spool.open();
    }
  }

  /**
   * Writes messages; those that are written have a place afterwards, also when it throws.
   *
   * @param force whether they are to outlive the host, too
   */
  void append(List<Entry> entries, boolean force) throws IOException {
    spool.append(entries, force);
    if (!entries.isEmpty()) {
      recovered();
    }
  }

  /** Reads the next messages, about so many bytes. */
  List<Entry> read(long maxBytes) {
    return spool.read(maxBytes);
  }

  /** Whether it has messages that aren't in memory, and can be read now. */
  boolean hasReadable() {
    return spool.hasReadable();
  }

  /**
   * Messages are delivered, or given up. That is written down for each {@link #CURSOR_MESSAGES} of
   * them or {@link #CURSOR_NANOS}, whichever comes first.
   */
  void done(List<Entry.Place> places) {
    places.forEach(spool::done);
    unsaved += places.size();
    if (unsaved >= CURSOR_MESSAGES || (unsaved > 0 && isCursorOld())) {
      unsaved = 0;
      savedNanos = nanoTime.getAsLong();
      try {
        spool.saveCursor(false);
      } catch (IOException e) {
        // it is tried again, and said, when it is tidied up
      }
    }
  }

  /** Whether what is done is to be written down, however little it is; any thread. */
  boolean isCursorOld() {
    return nanoTime.getAsLong() - savedNanos >= CURSOR_NANOS;
  }

  /** Whether files went, since it was asked last, that somebody may have messages of. */
  boolean hasLostFiles() {
    return spool.hasLostFiles();
  }

  /** Whether a second is over since it was tidied up; any thread. */
  boolean isTidyDue() {
    return nanoTime.getAsLong() - nextTidyNanos >= 0;
  }

  /**
   * Deletes what is delivered or too old, and writes down how far it is; once a second.
   *
   * @param idle nothing is to be written: where the disk failed, it is tried whether it still does
   */
  void tidy(boolean idle) {
    if (!isTidyDue()) {
      return;
    }
    nextTidyNanos = nanoTime.getAsLong() + SECOND;
    boolean probe = idle && fails();
    try {
      spool.look();
      spool.force();
      spool.removeFinished();
      spool.saveCursor(true);
      if (probe) {
        spool.probe();
        recovered();
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  /** Takes note of what is there now. */
  void look() {
    known =
        new Known(
            spool.bytes(),
            spool.droppableBytes(),
            spool.unreadPoints(),
            spool.oldestSinceNanos(),
            spool.unreadablePoints());
    String now = spool.trouble();
    if (trouble.isEmpty() && !now.isEmpty()) {
      LOG.error("output {}: {}", output, now);
    } else if (!trouble.isEmpty() && now.isEmpty()) {
      LOG.info("output {}: all files on disk can be read again", output);
    }
    trouble = now;
  }

  /** What was there when it was looked at last; any thread. */
  Known known() {
    return known;
  }

  /** Takes note that it takes nothing. */
  void failed(IOException e) {
    if (!fails()) {
      LOG.error(
          "output {}: the disk takes nothing, what waits stays in memory (delivery.memory, {} bytes);"
              + " make room, or let the agent write there: {}",
          output,
          config.memoryBytes(),
          e.toString());
    }
    failure = e.toString();
  }

  private void recovered() {
    if (fails()) {
      failure = "";
      LOG.info("output {}: the disk takes what waits again", output);
    }
  }

  /** Why it takes nothing, and what it doesn't give back; empty: it does. Any thread. */
  String failure() {
    String why = failure;
    String also = trouble;
    return why + (why.isEmpty() || also.isEmpty() ? "" : "; ") + also;
  }

  /** Whether it takes nothing; any thread. */
  boolean fails() {
    return !failure.isEmpty();
  }

  void close() throws IOException {
    spool.close();
  }
}
