package io.loda.agent.delivery.queue;

import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.Footprint;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.vertx.core.Future;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A queue in memory only. */
public final class MemoryQueue implements Waiting {

  private final long maxBytes;
  private final Dropped dropped;
  private final Lane ready = new Lane();
  private final Droppable droppable = new Droppable();
  private final Set<QueuedMessage> taken = new LinkedHashSet<>();
  private long gathered;
  private long bytes;
  private long points;
  private final Runnable onStart;
  private Runnable listener = () -> {};

  public MemoryQueue(long maxBytes, Dropped dropped, Runnable onStart) {
    this.maxBytes = maxBytes;
    this.dropped = dropped;
    this.onStart = onStart;
  }

  @Override
  public synchronized Future<Void> start(Runnable ready) {
    listener = ready;
    onStart.run();
    return Future.succeededFuture();
  }

  @Override
  public boolean add(List<QueuedMessage> entries, long gatheredBytes) {
    Runnable tell;
    boolean over;
    synchronized (this) {
      gathered = gatheredBytes;
      for (QueuedMessage entry : entries) {
        ready.addLast(entry);
        droppable.addLast(entry);
        bytes += entry.heldBytes();
        points += entry.message().points();
      }
      makeRoom();
      over = heldBytes() > maxBytes;
      tell = listener;
    }
    if (!entries.isEmpty()) {
      tell.run();
    }
    return over;
  }

  private void makeRoom() {
    while (heldBytes() > maxBytes) {
      QueuedMessage next = droppable.next();
      if (next == null) {
        return;
      }
      droppable.remove(next);
      forget(next);
      ready.left();
      dropped.memoryFull(next.message(), maxBytes);
      next.letGo();
    }
  }

  private long heldBytes() {
    return bytes + droppable.topicBytes() + gathered;
  }

  private void forget(QueuedMessage entry) {
    entry.done = true;
    bytes -= entry.heldBytes();
    points -= entry.message().points();
  }

  @Override
  public synchronized @Nullable QueuedMessage take() {
    QueuedMessage next = ready.pollFirst();
    if (next != null) {
      droppable.remove(next);
      taken.add(next);
    }
    return next;
  }

  @Override
  public synchronized void back(List<QueuedMessage> entries) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      if (taken.remove(entries.get(i))) {
        ready.addFirst(entries.get(i));
        droppable.addFirst(entries.get(i));
      }
    }
    makeRoom();
  }

  @Override
  public synchronized void done(QueuedMessage entry) {
    if (taken.remove(entry)) {
      forget(entry);
    }
  }

  @Override
  public synchronized boolean hasRoom(long more) {
    // what may be dropped makes room
    return heldBytes() - droppable.bytes() + more <= mostRoom();
  }

  @Override
  public long mostRoom() {
    return Footprint.forPromised(maxBytes);
  }

  @Override
  public Future<Void> stored() {
    return Future.succeededFuture();
  }

  @Override
  public synchronized Future<Void> flush() {
    return points == 0
        ? Future.succeededFuture()
        : Future.failedFuture("delivery.durability = memory keeps nothing on disk");
  }

  @Override
  public synchronized long unsavedPoints() {
    return points;
  }

  @Override
  public void tick() {
    // nothing depends on time here
  }

  @Override
  public synchronized Amount amount() {
    QueuedMessage oldest = taken.isEmpty() ? ready.peekFirst() : taken.iterator().next();
    return new Amount(
        points,
        heldBytes() - gathered,
        0,
        oldest == null ? OptionalLong.empty() : OptionalLong.of(oldest.sinceNanos()),
        0,
        "");
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
