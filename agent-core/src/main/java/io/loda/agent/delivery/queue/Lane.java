package io.loda.agent.delivery.queue;

import io.loda.agent.delivery.spool.QueuedMessage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Messages in order. One that is marked done anywhere inside is skipped, and removed later together
 * with others. Under the lock of the queue.
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

  /** Must be called when one of these was marked done. */
  void left() {
    gone++;
    peekFirst();
    if (gone > FEW && gone > entries.size() / 8) {
      entries.removeIf(entry -> entry.done);
      gone = 0;
    }
  }

  /** The first; null where there is none. */
  @Nullable QueuedMessage peekFirst() {
    QueuedMessage first = entries.peekFirst();
    while (first != null && first.done) {
      entries.removeFirst();
      gone--;
      first = entries.peekFirst();
    }
    return first;
  }

  /** Removes the first; null where there is none. */
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
