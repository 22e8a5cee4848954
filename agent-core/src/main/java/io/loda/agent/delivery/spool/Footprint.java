package io.loda.agent.delivery.spool;

import io.loda.agent.point.Framing;

/**
 * How much of the heap what waits takes: objects as a JVM with compressed references lays them out,
 * not only the bytes that are sent, which are the lesser part of small messages.
 */
public final class Footprint {

  /** An entry, its message, the topic's string, and its slots in two queues. */
  private static final int ENTRY = 64 + 24 + 24 + 16;

  /** Its place in the spool, as entry and segment have it. */
  private static final int PLACE = 24 + 24 + 40 + 40;

  /**
   * A message that points are added to, its topic's string, and their place in a map, or as much as
   * the same message takes once it is sealed: what was let in as an open one fits then, too.
   */
  private static final int OPEN = Math.max(48 + 24 + 48, ENTRY + PLACE);

  /** A topic's own objects, and its places in a map and a tree. */
  public static final int TOPIC = 128;

  private static final int ARRAY = 16;

  private Footprint() {}

  /** How much of a bound what is promised may take: the rest is for what is scheduled. */
  public static long forPromised(long maxBytes) {
    return maxBytes / 16 * 15;
  }

  /** A message that waits in memory. */
  public static int ofMessage(String topic, int bodyBytes) {
    return ENTRY + array(topic.length()) + array(bodyBytes);
  }

  /** The same in a queue that may have it on disk too. */
  public static int inSpool(Entry entry) {
    return entry.heldBytes() + PLACE;
  }

  /** The same of one that isn't made yet. */
  public static int inSpool(String topic, int bodyBytes) {
    return ofMessage(topic, bodyBytes) + PLACE;
  }

  /** A message that points are added to. */
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
