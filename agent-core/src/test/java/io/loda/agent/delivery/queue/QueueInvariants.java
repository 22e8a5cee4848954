package io.loda.agent.delivery.queue;

import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.QueuedMessage.InMemory;
import io.loda.agent.delivery.spool.QueuedMessage.OnDisk;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What holds of a queue's memory after each step, as the package's page says it. */
final class QueueInvariants {

  private final long memoryBytes;

  QueueInvariants(long memoryBytes) {
    this.memoryBytes = memoryBytes;
  }

  void check(MessageQueue queue) {
    QueueMemory memory = queue.memory;
    List<QueuedMessage> head = memory.head.stream().toList();
    List<QueuedMessage> behind = memory.behind.stream().toList();
    List<QueuedMessage> taken = List.copyOf(memory.taken);
    List<QueuedMessage> written =
        memory.batch.stream().filter(entry -> entry.is(OnDisk.BATCH)).toList();
    List<QueuedMessage> leaving =
        written.stream().filter(entry -> entry.is(InMemory.BEHIND)).toList();
    List<QueuedMessage> all =
        Stream.of(taken, head, behind, leaving).flatMap(List::stream).toList();

    require(Set.copyOf(all).size() == all.size(), "each is in one place");
    require(head.stream().allMatch(entry -> entry.is(InMemory.HEAD)), "head");
    require(taken.stream().allMatch(entry -> entry.is(InMemory.TAKEN)), "taken");
    require(
        behind.stream().allMatch(e -> e.is(InMemory.BEHIND) && e.is(OnDisk.UNWRITTEN)), "behind");
    onDisk(memory, all, written);
    droppable(memory, all);
    sums(memory, all, written);
    require(!memory.isOver() || memory.droppable.next() == null, "what may be dropped is");
    require(taken.size() < 2 || bytes(memory, taken) <= memoryBytes / 4, "in flight");
  }

  private static void onDisk(
      QueueMemory memory, List<QueuedMessage> all, List<QueuedMessage> written) {
    Set<QueuedMessage> unwritten = new HashSet<>(memory.unwritten.stream().toList());
    Set<QueuedMessage> batch = Set.copyOf(written);
    for (QueuedMessage entry : all) {
      QueuedMessage.Place place = entry.place();
      require(unwritten.remove(entry) == entry.is(OnDisk.UNWRITTEN), "unwritten");
      require(batch.contains(entry) == entry.is(OnDisk.BATCH), "batch");
      require(place != null || !entry.is(OnDisk.STORED), "a stored one has a place");
      require(place == null || !entry.is(OnDisk.UNWRITTEN), "an unwritten one has none");
      require(
          place == null
              || place.segment().fate() != Segment.Fate.THERE
              || !place.segment().finished(),
          "the file of what waits is needed");
    }
    require(unwritten.isEmpty(), "what is unwritten waits");
  }

  private static void droppable(QueueMemory memory, List<QueuedMessage> all) {
    long bytes = 0;
    for (QueuedMessage entry : all) {
      boolean may = entry.is(OnDisk.UNWRITTEN) && !entry.is(InMemory.TAKEN) && !entry.promised();
      require((entry.before != null) == may, "may be dropped");
      bytes += may ? entry.heldBytes() : 0;
    }
    require(memory.droppable.bytes() == bytes, "bytes that may be dropped");
  }

  private static void sums(
      QueueMemory memory, List<QueuedMessage> all, List<QueuedMessage> written) {
    List<QueuedMessage> unwritten = memory.unwritten.stream().toList();
    require(memory.bytes() - memory.droppable.topicBytes() == bytes(memory, all), "bytes");
    require(
        memory.head.bytes() == bytes(memory, memory.head.stream().toList()), "bytes of the head");
    require(
        memory.points() == all.stream().mapToLong(entry -> entry.message().points()).sum(),
        "points");
    require(
        memory.owedBytes() == bytes(memory, unwritten) + bytes(memory, written),
        "bytes owed to the disk");
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("doesn't hold: " + what);
    }
  }

  private static long bytes(QueueMemory memory, List<QueuedMessage> entries) {
    return entries.stream().mapToLong(memory::bytesOf).sum();
  }
}
