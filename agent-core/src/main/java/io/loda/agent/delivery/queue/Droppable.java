package io.loda.agent.delivery.queue;

import io.loda.agent.delivery.spool.Footprint;
import io.loda.agent.delivery.spool.QueuedMessage;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The messages that may be dropped, by topic. The topic with the most bytes loses its oldest
 * message first, so that a flood costs itself. Topics within a factor of two count as equal; among
 * them the one with the oldest message is next. Promised messages are never here. A call costs
 * O(log topics). The caller holds the queue's lock.
 */
final class Droppable {

  private static final Comparator<Topic> HEAVIEST_FIRST =
      Comparator.<Topic>comparingInt(topic -> -topic.level).thenComparingLong(topic -> topic.since);

  private final Map<String, Topic> topics = new HashMap<>();
  private final NavigableSet<Topic> byWeight = new TreeSet<>(HEAVIEST_FIRST);
  private long nextOrder;
  private long bytes;

  /** A topic's messages as a linked list; {@code level} and {@code since} are its sort key. */
  private static final class Topic {
    private final QueuedMessage sentinel;
    private long bytes;
    private int level = -1;
    private long since;

    Topic(QueuedMessage sentinel) {
      this.sentinel = sentinel;
      sentinel.before = sentinel;
      sentinel.after = sentinel;
    }
  }

  /** Adds a message that is newer than all others. */
  void addLast(QueuedMessage entry) {
    if (entry.promised()) {
      return;
    }
    entry.order = nextOrder++;
    Topic topic = topicOf(entry);
    link(topic, entry, topic.sentinel.before);
  }

  /** Adds a message back that is older than the others of its topic. */
  void addFirst(QueuedMessage entry) {
    if (entry.promised()) {
      return;
    }
    Topic topic = topicOf(entry);
    link(topic, entry, topic.sentinel);
  }

  private Topic topicOf(QueuedMessage entry) {
    return topics.computeIfAbsent(
        entry.message().topic(), name -> new Topic(QueuedMessage.sentinel(name)));
  }

  private void link(Topic topic, QueuedMessage entry, @Nullable QueuedMessage before) {
    QueuedMessage previous = before == null ? topic.sentinel : before;
    QueuedMessage next = previous.after == null ? topic.sentinel : previous.after;
    entry.before = previous;
    entry.after = next;
    previous.after = entry;
    next.before = entry;
    topic.bytes += entry.heldBytes();
    bytes += entry.heldBytes();
    sortIn(topic);
  }

  /** Removes a message that is taken, being written or done; does nothing if it isn't here. */
  void remove(QueuedMessage entry) {
    QueuedMessage before = entry.before;
    QueuedMessage after = entry.after;
    if (before == null || after == null) {
      return;
    }
    before.after = after;
    after.before = before;
    entry.before = null;
    entry.after = null;
    Topic topic = topicOf(entry);
    topic.bytes -= entry.heldBytes();
    bytes -= entry.heldBytes();
    sortIn(topic);
  }

  private void sortIn(Topic topic) {
    QueuedMessage first = topic.sentinel.after;
    if (first == null || first == topic.sentinel) {
      byWeight.remove(topic);
      topics.remove(topic.sentinel.message().topic());
      return;
    }
    int level = Long.SIZE - Long.numberOfLeadingZeros(topic.bytes);
    if (level != topic.level || first.order != topic.since) {
      byWeight.remove(topic);
      topic.level = level;
      topic.since = first.order;
      byWeight.add(topic);
    }
  }

  /** Returns the next message to drop, without removing it; null: none. */
  @Nullable QueuedMessage next() {
    return byWeight.isEmpty() ? null : byWeight.first().sentinel.after;
  }

  /** Returns the heap bytes of all these messages, a lower bound. */
  long bytes() {
    return bytes;
  }

  /** Returns the heap bytes of the topics' own objects. */
  long topicBytes() {
    return (long) topics.size() * (Footprint.TOPIC + Footprint.ofMessage("", 0));
  }
}
