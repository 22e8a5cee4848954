package io.loda.agent.delivery.queue;

import io.loda.agent.delivery.spool.QueuedMessage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A queue of messages. A message that is marked done is skipped, wherever it is, and removed later
 * together with others. The caller holds the queue's lock.
 */
final class Lane {

  private static final int FEW = 32;

  private final Deque<QueuedMessage> entries = new ArrayDeque<>();
  private int gone;

  void addFirst(QueuedMessage entry) {
    entries.addFirst(entry);
  }

  void addLast(QueuedMessage entry) {
    entries.addLast(entry);
  }

  /** Notes that one of these messages was marked done; must be called each time. */
  void left() {
    gone++;
    peekFirst();
    if (gone > FEW && gone > entries.size() / 8) {
      entries.removeIf(entry -> entry.done);
      gone = 0;
    }
  }

  /** Returns the first message; null: none. */
  @Nullable QueuedMessage peekFirst() {
    QueuedMessage first = entries.peekFirst();
    while (first != null && first.done) {
      entries.removeFirst();
      gone--;
      first = entries.peekFirst();
    }
    return first;
  }

  /** Removes the first message; null: none. */
  @Nullable QueuedMessage pollFirst() {
    return peekFirst() == null ? null : entries.removeFirst();
  }

  boolean isEmpty() {
    return peekFirst() == null;
  }

  /** Removes all, in order. */
  void drain(Consumer<QueuedMessage> taker) {
    for (QueuedMessage entry = pollFirst(); entry != null; entry = pollFirst()) {
      taker.accept(entry);
    }
  }

  void forEach(Consumer<QueuedMessage> shown) {
    entries.forEach(
        entry -> {
          if (!entry.done) {
            shown.accept(entry);
          }
        });
  }

  void removeIf(Predicate<QueuedMessage> which) {
    entries.removeIf(entry -> !entry.done && which.test(entry));
  }
}
