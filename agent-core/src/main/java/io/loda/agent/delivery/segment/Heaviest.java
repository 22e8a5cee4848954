package io.loda.agent.delivery.segment;

import io.loda.agent.point.Message;
import java.util.HashMap;
import java.util.Map;

/**
 * What of a segment may be dropped, and the topics that hold much of that, however many there are:
 * each that has more than a seventeenth of it is among them, with no more bytes than it has (Misra
 * and Gries). One thread.
 */
public final class Heaviest {

  /** Of what can't be read: who knows what was promised of it. */
  public static final Heaviest UNKNOWN = new Heaviest();

  private static final int MOST = 16;

  static {
    UNKNOWN.promised = true;
  }

  private final Map<String, Long> topics = new HashMap<>();

  private long droppable;
  private boolean promised;

  /** Takes note of a message. */
  public void add(Message message, long bytes, boolean isPromised) {
    if (isPromised) {
      promised = true;
    } else {
      droppable += bytes;
      add(message.topic(), bytes);
    }
  }

  private void add(String topic, long bytes) {
    if (topics.containsKey(topic) || topics.size() < MOST) {
      topics.merge(topic, bytes, Long::sum);
      return;
    }
    long least =
        Math.min(bytes, topics.values().stream().mapToLong(Long::longValue).min().orElse(0));
    topics.replaceAll((known, held) -> held - least);
    topics.values().removeIf(held -> held == 0);
    if (bytes > least) {
      topics.put(topic, bytes - least);
    }
  }

  /** Bytes of all that may be dropped. */
  public long droppableBytes() {
    return droppable;
  }

  /** Whether something in it may not be dropped. */
  public boolean hasPromised() {
    return promised;
  }

  /** Bytes by topic. */
  public Map<String, Long> topics() {
    return topics;
  }
}
