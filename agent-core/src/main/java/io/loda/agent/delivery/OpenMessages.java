package io.loda.agent.delivery;

import io.loda.agent.delivery.spool.Footprint;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.point.EncodedPoints;
import io.loda.agent.point.Framing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The open messages of a buffer: for each topic at most one droppable and one promised message. The
 * caller holds the buffer's lock.
 */
final class OpenMessages {

  private final Map<String, OpenMessage> droppable = new LinkedHashMap<>();
  private final Map<String, OpenMessage> promised = new LinkedHashMap<>();
  private long bytes;
  private long points;

  /** The heap bytes of all of them; each counts at least as much as after sealing. */
  long bytes() {
    return bytes;
  }

  long points() {
    return points;
  }

  int count() {
    return droppable.size() + promised.size();
  }

  /**
   * Adds points of one topic.
   *
   * @param limit the largest message in bytes
   * @return the messages that became full, sealed
   */
  List<QueuedMessage> append(
      String topic,
      Framing framing,
      EncodedPoints encoded,
      boolean promise,
      long limit,
      long nowNanos) {
    List<QueuedMessage> full = new ArrayList<>(1);
    Map<String, OpenMessage> open = promise ? promised : droppable;
    OpenMessage message = open.get(topic);
    for (int i = 0; i < encoded.count(); i++) {
      int length = encoded.length(i);
      if (message != null && message.sizeWith(length) > limit) {
        full.add(seal(message));
        message = null;
      }
      long before = 0;
      if (message == null) {
        message = new OpenMessage(topic, framing, promise, nowNanos);
        open.put(topic, message);
      } else {
        before = message.heldBytes();
      }
      message.append(encoded.array(), encoded.start(i), length);
      bytes += message.heldBytes() - before;
    }
    points += encoded.count();
    return full;
  }

  /**
   * Returns by how many heap bytes promised points would grow the queue, including the messages
   * that they fill.
   *
   * @param empty computes as if the topic had no open message
   */
  long growth(String topic, Framing framing, EncodedPoints encoded, long limit, boolean empty) {
    OpenMessage open = empty ? null : promised.get(topic);
    OpenMessage.Size size = open == null ? null : open.size();
    long before = open == null ? 0 : open.heldBytes();
    long grown = 0;
    for (int i = 0; i < encoded.count(); i++) {
      int length = encoded.length(i);
      if (size != null && size.with(framing, length) > limit) {
        grown += Footprint.inSpool(topic, Math.toIntExact(size.sealed(framing)));
        size = null;
      }
      size = (size == null ? OpenMessage.Size.NONE : size).append(framing, length);
    }
    return grown - before + (size == null ? 0 : Footprint.ofOpen(topic, framing, size.capacity()));
  }

  /** Seals the message that was opened first; null where there is none. */
  @Nullable QueuedMessage sealOldest() {
    OpenMessage one = first(droppable);
    OpenMessage other = first(promised);
    if (one == null || other == null) {
      OpenMessage only = one == null ? other : one;
      return only == null ? null : seal(only);
    }
    return seal(one.sinceNanos() - other.sinceNanos() <= 0 ? one : other);
  }

  /** Seals the oldest droppable message; null: there is none. */
  @Nullable QueuedMessage sealOldestDroppable() {
    OpenMessage first = first(droppable);
    return first == null ? null : seal(first);
  }

  private static @Nullable OpenMessage first(Map<String, OpenMessage> open) {
    return open.isEmpty() ? null : open.values().iterator().next();
  }

  /**
   * Seals the messages that were opened at least {@code ageNanos} ago.
   *
   * @param all seals all, whatever their age
   */
  List<QueuedMessage> sealDue(long nowNanos, long ageNanos, boolean all) {
    List<QueuedMessage> sealed = new ArrayList<>();
    for (Map<String, OpenMessage> open : List.of(droppable, promised)) {
      for (OpenMessage message : List.copyOf(open.values())) {
        if (all || nowNanos - message.sinceNanos() >= ageNanos) {
          sealed.add(seal(message));
        }
      }
    }
    return sealed;
  }

  private QueuedMessage seal(OpenMessage message) {
    (message.promised() ? promised : droppable).remove(message.topic());
    bytes -= message.heldBytes();
    points -= message.points();
    return new QueuedMessage(message.seal(), message.sinceNanos(), message.promised());
  }
}
