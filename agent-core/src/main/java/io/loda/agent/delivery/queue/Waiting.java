package io.loda.agent.delivery.queue;

import io.loda.agent.delivery.spool.Entry;
import io.vertx.core.Future;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait for one output, the oldest first, bounded in bytes: what comes over the bound
 * drops the oldest that wasn't promised, which is counted. A message that was taken stays until it
 * is {@link #done}. Any thread; nothing here blocks.
 */
public interface Waiting {

  /**
   * How much waits. {@code oldestSinceNanos}: empty when nothing waits; {@code unreadablePoints}:
   * of all, those that the disk doesn't give back now.
   */
  record Amount(
      long points,
      long memoryBytes,
      long diskBytes,
      OptionalLong oldestSinceNanos,
      long unreadablePoints,
      String diskFailure) {}

  /**
   * Prepares.
   *
   * @param ready called, from any thread, when there may be something to take; must not block
   */
  Future<Void> start(Runnable ready);

  /**
   * Puts messages at the end.
   *
   * @param gatheredBytes of points that are no message yet: they count too
   * @return whether more is held than may be: nothing is left that may be dropped
   */
  boolean add(List<Entry> entries, long gatheredBytes);

  /** The next message; null when nothing is ready now. */
  @Nullable Entry take();

  /** Messages that were taken go back to the front, in this order. */
  void back(List<Entry> entries);

  /** A message that was taken needn't wait any more. */
  void done(Entry entry);

  /**
   * Whether so many bytes more may be promised: they fit, in memory and on disk, and a part is left
   * for what isn't promised.
   */
  boolean hasRoom(long bytes);

  /** How many bytes may be promised while nothing waits. */
  long mostRoom();

  /** Succeeds when all that was added before is as safe as the configuration promises. */
  Future<Void> stored();

  /** Succeeds when all that waits outlives the process; fails where it can't. */
  Future<Void> flush();

  /** Points that are in memory only. */
  long unsavedPoints();

  /** To be called some times in the shortest of the delays that it has to keep. */
  void tick();

  Amount amount();

  /** Closes; what waits stays where it is. */
  Future<Void> close();
}
