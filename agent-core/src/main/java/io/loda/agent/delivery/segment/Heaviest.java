package io.loda.agent.delivery.segment;

import io.loda.agent.point.Message;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds the topics with the most droppable bytes of a segment, in bounded memory (Misra and Gries).
 * Every topic with more than a seventeenth of the bytes is listed, with a lower bound of its bytes.
 * One thread.
 */
public final class Heaviest {

  /** For a segment that can't be read: it may contain promised messages. */
  public static final Heaviest UNKNOWN = new Heaviest();

  private static final int MOST = 16;

  static {
    UNKNOWN.promised = true;
  }

  private final Map<String, Long> topics = new HashMap<>();

  private long droppable;
  private boolean promised;

  /** Counts a message. */
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

  /** Returns the bytes of all droppable messages. */
  public long droppableBytes() {
    return droppable;
  }

  /** Returns whether any message is promised. */
  public boolean hasPromised() {
    return promised;
  }

  /** Returns the heaviest topics, with a lower bound of their bytes. */
  public Map<String, Long> topics() {
    return topics;
  }
}
