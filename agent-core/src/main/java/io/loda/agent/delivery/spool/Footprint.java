package io.loda.agent.delivery.spool;

import io.loda.agent.point.Framing;

/**
 * Computes the heap bytes of queued messages: of all their objects, as a JVM with compressed
 * references lays them out. The body is the smaller part of a small message.
 */
public final class Footprint {

  /** An entry, its message, the topic's string, and its slots in two lanes. */
  private static final int ENTRY = 64 + 24 + 24 + 16;

  /** Its place in the spool, kept by the entry and by the segment. */
  private static final int PLACE = 24 + 24 + 40 + 40;

  /**
   * An open message, its topic's string and its place in a map; at least as much as the sealed
   * message takes, so that sealing never exceeds the bound.
   */
  private static final int OPEN = Math.max(48 + 24 + 48, ENTRY + PLACE);

  /** A topic's objects in {@code Droppable}, with its places in a map and a tree. */
  public static final int TOPIC = 128;

  private static final int ARRAY = 16;

  private Footprint() {}

  /**
   * Returns the part of a bound that promised messages may take: the rest is for scheduled points.
   */
  public static long forPromised(long maxBytes) {
    return maxBytes / 16 * 15;
  }

  /** Returns the size of a message in a queue in memory. */
  public static int ofMessage(String topic, int bodyBytes) {
    return ENTRY + array(topic.length()) + array(bodyBytes);
  }

  /** Returns the size of a message in a queue that may have it on disk too. */
  public static int inSpool(QueuedMessage entry) {
    return entry.heldBytes() + PLACE;
  }

  /** Like its overload, for a message that isn't sealed yet. */
  public static int inSpool(String topic, int bodyBytes) {
    return ofMessage(topic, bodyBytes) + PLACE;
  }

  /** Returns the size of an open message. */
  public static int ofOpen(String topic, Framing framing, int capacity) {
    return OPEN
        + array(topic.length())
        + array(capacity)
        + 24
        + array(framing.head().length)
        + array(framing.separator().length)
        + array(framing.tail().length);
  }

  private static int array(int bytes) {
    return (ARRAY + bytes + 7) & ~7;
  }
}
