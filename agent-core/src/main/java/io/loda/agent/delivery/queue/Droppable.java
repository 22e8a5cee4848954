package io.loda.agent.delivery.queue;

import io.loda.agent.delivery.spool.Entry;
import io.loda.agent.delivery.spool.Footprint;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What may be dropped, by topic: the oldest message of the topic that holds most goes first, so
 * that a flood costs itself. Topics that hold as much to a factor of two are alike: of them that
 * with the oldest message is next. What was promised isn't among them. Each call takes as long as a
 * look in a tree of topics. Under the lock of the queue.
 */
final class Droppable {

  private static final Comparator<Topic> HEAVIEST_FIRST =
      Comparator.<Topic>comparingInt(topic -> -topic.level).thenComparingLong(topic -> topic.since);

  private final Map<String, Topic> topics = new HashMap<>();
  private final NavigableSet<Topic> byWeight = new TreeSet<>(HEAVIEST_FIRST);
  private long nextOrder;
  private long bytes;

  /** A topic's messages, as a chain; {@code level} and {@code since} are as it is sorted in. */
  private static final class Topic {
    private final Entry sentinel;
    private long bytes;
    private int level = -1;
    private long since;

    Topic(Entry sentinel) {
      this.sentinel = sentinel;
      sentinel.before = sentinel;
      sentinel.after = sentinel;
    }
  }

  /** A message that is newer than all others. */
  void addLast(Entry entry) {
    if (entry.promised()) {
      return;
    }
    entry.order = nextOrder++;
    Topic topic = topicOf(entry);
    link(topic, entry, topic.sentinel.before);
  }

  /** A message that was here before, and is older than the others of its topic. */
  void addFirst(Entry entry) {
    if (entry.promised()) {
      return;
    }
    Topic topic = topicOf(entry);
    link(topic, entry, topic.sentinel);
  }

  private Topic topicOf(Entry entry) {
    return topics.computeIfAbsent(entry.message().topic(), name -> new Topic(Entry.sentinel(name)));
  }

  private void link(Topic topic, Entry entry, @Nullable Entry before) {
    Entry previous = before == null ? topic.sentinel : before;
    Entry next = previous.after == null ? topic.sentinel : previous.after;
    entry.before = previous;
    entry.after = next;
    previous.after = entry;
    next.before = entry;
    topic.bytes += entry.heldBytes();
    bytes += entry.heldBytes();
    sortIn(topic);
  }

  /** A message that is sent, on disk or gone; nothing happens where it isn't here. */
  void remove(Entry entry) {
    Entry before = entry.before;
    Entry after = entry.after;
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
    Entry first = topic.sentinel.after;
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

  /** What is to go next; it stays until it is removed. Null: there is nothing. */
  @Nullable Entry next() {
    return byWeight.isEmpty() ? null : byWeight.first().sentinel.after;
  }

  /** What all of it takes of the heap, at least. */
  long bytes() {
    return bytes;
  }

  /** What is held for the topics themselves. */
  long topicBytes() {
    return (long) topics.size() * (Footprint.TOPIC + Footprint.ofMessage("", 0));
  }
}
