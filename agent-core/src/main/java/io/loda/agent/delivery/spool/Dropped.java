package io.loda.agent.delivery.spool;

import io.loda.agent.point.Message;
import io.loda.common.telemetry.Discards;
import java.util.concurrent.atomic.LongAdder;

/** What of one output's points is lost while they wait: counted by reason, and by topic. */
public final class Dropped {

  private final String output;
  private final Discards discards;
  private final LongAdder total = new LongAdder();

  public Dropped(String output, Discards discards) {
    this.output = output;
    this.discards = discards;
  }

  /** Points, for whatever reason. */
  public long total() {
    return total.sum();
  }

  public void memoryFull(Message message, long maxBytes) {
    count(
        "buffer-full",
        message,
        "takes less than comes, and delivery.memory (" + maxBytes + " bytes) is full");
  }

  public void diskFull(Message message, long maxBytes) {
    count(
        "disk-full",
        message,
        "takes less than comes, and delivery.disk (" + maxBytes + " bytes) is full");
  }

  /** The same of what can't be read, so that its topics aren't known. */
  void diskFull(long points, long maxBytes) {
    total.add(points);
    discards.count(
        "disk-full",
        points,
        "output "
            + output
            + " takes less than comes, and delivery.disk ("
            + maxBytes
            + " bytes) is full: the oldest goes");
  }

  void tooOld(Message message) {
    count("too-old", message, "took nothing for longer than delivery.max-age");
  }

  private void count(String reason, Message message, String why) {
    total.add(message.points());
    discards.count(
        reason,
        message.topic(),
        message.points(),
        "output " + output + ' ' + why + ": the oldest goes");
  }

  /** Messages that were on disk and can't be read. Each had a point at least. */
  void damaged(long messages, long points, String where) {
    lost("damaged", messages, points, " messages can't be read; " + where);
  }

  /** Messages that were on disk and aren't there: files were deleted or cut by somebody else. */
  void missing(long messages, long points, String where) {
    lost("missing", messages, points, " messages aren't on disk any more; missing " + where);
  }

  private void lost(String reason, long messages, long points, String why) {
    if (messages > 0) {
      long lost = Math.max(messages, points);
      total.add(lost);
      discards.count(reason, lost, "output " + output + ": " + messages + why);
    }
  }
}
