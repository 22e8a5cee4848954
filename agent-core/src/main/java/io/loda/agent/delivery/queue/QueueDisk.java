package io.loda.agent.delivery.queue;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.Spool;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The disk side of a queue: its spool, the figures last read from it, and whether the disk fails.
 * Methods block and are for the queue's worker, unless they say any thread.
 */
final class QueueDisk {

  private static final Logger LOG = LoggerFactory.getLogger(QueueDisk.class);

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** The cursor is written at least this often: after a kill the messages since come twice. */
  static final int CURSOR_MESSAGES = 256;

  private static final long CURSOR_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /**
   * The spool's figures. {@code points} and {@code oldestSinceNanos} are of what is on disk only.
   */
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

  /** Doesn't open the spool. */
  QueueDisk(String output, AgentConfig.Delivery config, Spool spool, LongSupplier nanoTime) {
    this.output = output;
    this.config = config;
    this.spool = spool;
    this.nanoTime = nanoTime;
    this.savedNanos = nanoTime.getAsLong();
    this.nextTidyNanos = nanoTime.getAsLong() + SECOND;
  }

  /** Opens the spool if it isn't open. */
  void open() throws IOException {
    if (!spool.isOpen()) {
      spool.open();
    }
  }

  /**
   * Writes messages; those that were written have a place afterwards, even when it throws.
   *
   * @param force forces them to disk
   */
  void append(List<QueuedMessage> entries, boolean force) throws IOException {
    spool.append(entries, force);
    if (!entries.isEmpty()) {
      recovered();
    }
  }

  /** Reads the next messages, about {@code maxBytes}. */
  List<QueuedMessage> read(long maxBytes) {
    return spool.read(maxBytes);
  }

  /** Returns whether messages can be read now that aren't in memory. */
  boolean hasReadable() {
    return spool.hasReadable();
  }

  /**
   * Marks messages as done: delivered or refused. Writes the cursor, not forced, after {@link
   * #CURSOR_MESSAGES} of them or {@link #CURSOR_NANOS}, whichever comes first.
   */
  void done(List<QueuedMessage.Place> places) {
    places.forEach(spool::done);
    unsaved += places.size();
    if (unsaved >= CURSOR_MESSAGES || (unsaved > 0 && isCursorOld())) {
      unsaved = 0;
      savedNanos = nanoTime.getAsLong();
      try {
        spool.saveCursor(false);
      } catch (IOException e) {
        // tidy tries again and reports it
      }
    }
  }

  /** Returns whether the cursor is due by time; any thread. */
  boolean isCursorOld() {
    return nanoTime.getAsLong() - savedNanos >= CURSOR_NANOS;
  }

  /** Returns whether somebody deleted segment files since the last call. */
  boolean hasLostFiles() {
    return spool.hasLostFiles();
  }

  /** Returns whether {@link #tidy} is due; any thread. */
  boolean isTidyDue() {
    return nanoTime.getAsLong() - nextTidyNanos >= 0;
  }

  /**
   * Once a second: forces what was written, deletes what is done or too old, forces the cursor.
   *
   * @param idle nothing is to be written: a failed disk is then probed
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

  /** Updates {@link #known}, and logs when files become unreadable or readable again. */
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
      LOG.info("output {}: spool files can be read and deleted again", output);
    }
    trouble = now;
  }

  /** The figures of the last {@link #look}; any thread. */
  Known known() {
    return known;
  }

  /** Notes that the disk can't be written; logged the first time. */
  void failed(IOException e) {
    if (!fails()) {
      LOG.error(
          "output {}: disk write failed, messages stay in memory (delivery.memory, {} bytes);"
              + " free disk space or let the agent write there; retrying: {}",
          output,
          config.memoryBytes(),
          e.toString());
    }
    failure = e.toString();
  }

  private void recovered() {
    if (fails()) {
      failure = "";
      LOG.info("output {}: writing to disk again", output);
    }
  }

  /**
   * Why it can't be written, and which files can't be read or deleted; may be empty. Any thread.
   */
  String failure() {
    String why = failure;
    String also = trouble;
    return why + (why.isEmpty() || also.isEmpty() ? "" : "; ") + also;
  }

  /** Returns whether the last write failed; any thread. */
  boolean fails() {
    return !failure.isEmpty();
  }

  void close() throws IOException {
    spool.close();
  }
}
