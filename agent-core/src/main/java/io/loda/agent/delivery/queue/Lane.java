package io.loda.agent.delivery.queue;

import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.QueuedMessage.InMemory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A queue of messages, and their bytes. A message that is done is skipped, wherever it is, and
 * removed later together with others. The caller holds the queue's lock.
 */
final class Lane {

  private static final int FEW = 32;

  private final ToIntFunction<QueuedMessage> bytesOf;
  private final Deque<QueuedMessage> entries = new ArrayDeque<>();
  private int gone;
  private long bytes;

  Lane(ToIntFunction<QueuedMessage> bytesOf) {
    this.bytesOf = bytesOf;
  }

  void addFirst(QueuedMessage entry) {
    entries.addFirst(entry);
    bytes += bytesOf.applyAsInt(entry);
  }

  void addLast(QueuedMessage entry) {
    entries.addLast(entry);
    bytes += bytesOf.applyAsInt(entry);
  }

  /** Notes that one of these messages is done now; must be called each time. */
  void left(QueuedMessage entry) {
    bytes -= bytesOf.applyAsInt(entry);
    gone++;
    peekFirst();
    if (gone > FEW && gone > entries.size() / 8) {
      entries.removeIf(each -> each.is(InMemory.DONE));
      gone = 0;
    }
  }

  /** Returns the first message; null: none. */
  @Nullable QueuedMessage peekFirst() {
    QueuedMessage first = entries.peekFirst();
    while (first != null && first.is(InMemory.DONE)) {
      entries.removeFirst();
      gone--;
      first = entries.peekFirst();
    }
    return first;
  }

  /** Removes the first message; null: none. */
  @Nullable QueuedMessage pollFirst() {
    QueuedMessage first = peekFirst();
    if (first != null) {
      entries.removeFirst();
      bytes -= bytesOf.applyAsInt(first);
    }
    return first;
  }

  boolean isEmpty() {
    return peekFirst() == null;
  }

  /** Removes all, in order. */
  List<QueuedMessage> drain() {
    List<QueuedMessage> all = stream().toList();
    entries.clear();
    gone = 0;
    bytes = 0;
    return all;
  }

  Stream<QueuedMessage> stream() {
    return entries.stream().filter(entry -> !entry.is(InMemory.DONE));
  }

  long bytes() {
    return bytes;
  }
}
