package io.loda.agent.delivery.segment;

import io.loda.agent.point.Message;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts which topics hold most of what may be dropped of a segment, in bounded memory (Misra and
 * Gries): every topic with more than a seventeenth of it is listed, with at most the bytes that it
 * has. One thread.
 */
public final class Heaviest {

  /** For a segment that can't be read: it may have promised messages. */
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

  /** Bytes of all messages that may be dropped. */
  public long droppableBytes() {
    return droppable;
  }

  /** Returns whether any message may not be dropped. */
  public boolean hasPromised() {
    return promised;
  }

  /** The heaviest topics, with a lower bound of their bytes. */
  public Map<String, Long> topics() {
    return topics;
  }
}
