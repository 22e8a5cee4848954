package io.loda.agent.delivery.spool;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The time of a spool, by which what waits in it becomes old: milliseconds that no step of the
 * host's clock changes. They begin as that says, and go on where the process before ended. How long
 * ago that was is known while the host wasn't started anew; else it is what the clock says, but not
 * longer than the host runs: who doubts it drops nothing. One thread.
 */
public final class SpoolClock {

  /** Which run of the host it is, and how long that lasts. */
  public record Boot(String id, long uptimeMillis) {}

  /**
   * What time it was.
   *
   * @param millis by this clock
   * @param wallMillis by the host's
   */
  record Note(long millis, long wallMillis, long bootId, long uptimeMillis) {}

  private final InstantSource wall;
  private final LongSupplier nanoTime;
  private final Supplier<Boot> boot;
  private long fromMillis;
  private long fromNanos;

  public SpoolClock(InstantSource wall, LongSupplier nanoTime, Supplier<Boot> boot) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.boot = boot;
    goOnAt(wall.millis());
  }

  /** What time it is. */
  long millis() {
    return fromMillis + TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - fromNanos);
  }

  /** What time it was at a moment of the process. */
  long millisAt(long nanos) {
    return millis() - TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - nanos);
  }

  /** The moment of the process at which it was so late; before its start, where it was earlier. */
  long nanosAt(long millis) {
    return nanoTime.getAsLong() - TimeUnit.MILLISECONDS.toNanos(millis() - millis);
  }

  /** Goes on from here. */
  void goOnAt(long millis) {
    fromMillis = millis;
    fromNanos = nanoTime.getAsLong();
  }

  /** Goes on where another process ended, or was when it noted it last. */
  void goOn(Note before) {
    Boot now = boot.get();
    long elapsed =
        before.bootId() == now.id().hashCode() && now.uptimeMillis() >= before.uptimeMillis()
            ? now.uptimeMillis() - before.uptimeMillis()
            : Math.min(wall.millis() - before.wallMillis(), now.uptimeMillis());
    goOnAt(before.millis() + Math.max(0, elapsed));
  }

  Note note() {
    Boot now = boot.get();
    return new Note(millis(), wall.millis(), now.id().hashCode(), now.uptimeMillis());
  }
}
