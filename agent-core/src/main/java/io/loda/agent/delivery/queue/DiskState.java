package io.loda.agent.delivery.queue;

import io.loda.agent.delivery.spool.Spool;
import io.loda.common.files.FileReason;
import java.io.IOException;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the worker last saw of a queue's disk: the spool's figures, and whether the disk fails. Logs
 * when the disk begins to fail and when it works again. The worker changes it, any thread reads it.
 */
final class DiskState {

  private static final Logger LOG = LoggerFactory.getLogger(DiskState.class);

  /**
   * The spool's figures. {@code points} and {@code oldestSinceNanos} cover only what is on disk.
   */
  record Known(
      long bytes,
      long droppableBytes,
      long points,
      OptionalLong oldestSinceNanos,
      long unreadablePoints) {

    static final Known NOTHING = new Known(0, 0, 0, OptionalLong.empty(), 0);
  }

  private final String output;
  private final long memoryBytes;
  private volatile Known known = Known.NOTHING;
  private volatile String failure = "";
  private volatile String trouble = "";

  /**
   * @param memoryBytes {@code delivery.memory}, for the log
   */
  DiskState(String output, long memoryBytes) {
    this.output = output;
    this.memoryBytes = memoryBytes;
  }

  /** Updates {@link #known}, and logs when files become unreadable or readable again. */
  void look(Spool spool) {
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

  Known known() {
    return known;
  }

  /** Notes that the disk can't be written. */
  void failed(IOException e) {
    if (!fails()) {
      LOG.error(
          "output {}: disk write failed, messages stay in memory (delivery.memory, {} bytes);"
              + " free disk space or let the agent write there; retrying: {}",
          output,
          memoryBytes,
          FileReason.of(e));
    }
    failure = FileReason.of(e);
  }

  /** Notes that the disk was written. */
  void works() {
    if (fails()) {
      failure = "";
      LOG.info("output {}: writing to disk again", output);
    }
  }

  /** Returns whether the last write failed. */
  boolean fails() {
    return !failure.isEmpty();
  }

  /**
   * Returns why the disk can't be written, and which files can't be read or deleted; may be empty.
   */
  String failure() {
    String why = failure;
    String also = trouble;
    return why + (why.isEmpty() || also.isEmpty() ? "" : "; ") + also;
  }
}
