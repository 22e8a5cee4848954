package io.loda.agent.delivery.spool;

import io.loda.agent.point.Message;
import io.loda.common.telemetry.Discards;
import java.util.concurrent.atomic.LongAdder;

/** Counts and logs the points that one output's queue dropped or lost, by reason and topic. */
public final class Dropped {

  private final String output;
  private final Discards discards;
  private final LongAdder total = new LongAdder();

  public Dropped(String output, Discards discards) {
    this.output = output;
    this.discards = discards;
  }

  /** Returns the points dropped for all reasons. */
  public long total() {
    return total.sum();
  }

  public void memoryFull(Message message, long maxBytes) {
    count("buffer-full", message, "delivery.memory (" + maxBytes + " bytes) is full");
  }

  public void diskFull(Message message, long maxBytes) {
    count("disk-full", message, "delivery.disk (" + maxBytes + " bytes) is full");
  }

  /** Like its overload, for messages that can't be read, so that their topics are unknown. */
  void diskFull(long points, long maxBytes) {
    total.add(points);
    discards.count(
        "disk-full",
        points,
        "output "
            + output
            + ": delivery.disk ("
            + maxBytes
            + " bytes) is full, oldest dropped: the output is slower than its input");
  }

  void tooOld(Message message) {
    count("too-old", message, "older than delivery.max-age");
  }

  private void count(String reason, Message message, String why) {
    total.add(message.points());
    discards.count(
        reason,
        message.topic(),
        message.points(),
        "output " + output + ": " + why + ", oldest dropped: the output is slower than its input");
  }

  /** Counts messages on disk with damaged records. Each had at least one point. */
  void damaged(long messages, long points, String where) {
    lost("damaged", messages, points, " messages damaged on disk, lost: " + where);
  }

  /** Counts messages that are gone from the disk: another process deleted or cut files. */
  void missing(long messages, long points, String where) {
    lost("missing", messages, points, " messages missing on disk, lost: " + where);
  }

  private void lost(String reason, long messages, long points, String why) {
    if (messages > 0) {
      long lost = Math.max(messages, points);
      total.add(lost);
      discards.count(reason, lost, "output " + output + ": " + messages + why);
    }
  }
}
