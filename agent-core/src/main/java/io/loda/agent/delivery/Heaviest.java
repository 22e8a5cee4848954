package io.loda.agent.delivery;

import java.util.HashMap;
import java.util.Map;

/**
 * The topics that hold much of a segment, however many there are: each that has more than a
 * seventeenth of it is among them, with no more bytes than it has (Misra and Gries). One thread.
 */
final class Heaviest {

  private static final int MOST = 16;

  private final Map<String, Long> topics = new HashMap<>();

  /** Takes note of a message. */
  void add(String topic, long bytes) {
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

  /** Bytes by topic. */
  Map<String, Long> topics() {
    return topics;
  }
}
