package io.loda.agent.delivery.queue;

import io.loda.agent.delivery.spool.QueuedMessage;
import io.vertx.core.Future;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The queue of one output, oldest first, bounded in bytes: over the bound it drops and counts
 * messages that aren't promised. A taken message still counts until {@link #done}. Any thread; no
 * call blocks.
 */
public interface Waiting {

  /**
   * How much waits. {@code oldestSinceNanos} is empty for an empty queue; {@code unreadablePoints}
   * are those of {@code points} that the disk can't read now.
   */
  record Amount(
      long points,
      long memoryBytes,
      long diskBytes,
      OptionalLong oldestSinceNanos,
      long unreadablePoints,
      String diskFailure) {}

  /**
   * Starts the queue.
   *
   * @param ready called, on any thread, when there may be something to take; must not block
   */
  Future<Void> start(Runnable ready);

  /**
   * Appends messages, and drops where that exceeds the bound.
   *
   * @param gatheredBytes heap bytes of the open messages, which count too
   * @return true: over the bound, with nothing left to drop
   */
  boolean add(List<QueuedMessage> entries, long gatheredBytes);

  /** Takes the next message; null when none is ready. */
  @Nullable QueuedMessage take();

  /** Puts taken messages back to the front, in this order. */
  void back(List<QueuedMessage> entries);

  /** Forgets a taken message: it was delivered, or refused for good. */
  void done(QueuedMessage entry);

  /**
   * Returns whether {@code bytes} more can be promised: they fit in memory and on disk, and leave a
   * reserve for scheduled points.
   */
  boolean hasRoom(long bytes);

  /** The most bytes that an empty queue can promise. */
  long mostRoom();

  /** Succeeds when all that was added before is as safe as the configuration promises. */
  Future<Void> stored();

  /** Succeeds when all messages are on disk; fails where they can't be. */
  Future<Void> flush();

  /** Points that are in memory only. */
  long unsavedPoints();

  /** Must be called periodically, several times within {@code delivery.max-delay}. */
  void tick();

  Amount amount();

  /** Closes; what is on disk stays there. */
  Future<Void> close();
}
