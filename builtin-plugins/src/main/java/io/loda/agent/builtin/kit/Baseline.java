package io.loda.agent.builtin.kit;

import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The reading that the next rates are computed from.
 *
 * <p>Not thread-safe.
 *
 * @param <T> an immutable reading
 */
public final class Baseline<T> {

  /** The kernel counts in steps of 10 ms: over a shorter time a rate would be mostly noise. */
  private static final long SHORTEST_NANOS = 1_000_000_000L;

  private final LongSupplier nanoTime;
  private @Nullable T reading;
  private long takenAt;

  /**
   * Creates a baseline without a reading.
   *
   * @param nanoTime a monotonic clock: a rate must not jump when the wall clock is set
   */
  public Baseline(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The time between two readings, and the first of them. */
  public record Span<T>(T before, double seconds) {}

  /**
   * Takes the next reading, which becomes the new baseline.
   *
   * @return what to compare it with; empty for the first reading, and for one too soon after the
   *     last: then the old baseline remains
   */
  public Optional<Span<T>> advance(T now) {
    T before = reading;
    long elapsed = nanoTime.getAsLong() - takenAt;
    if (before != null && elapsed < SHORTEST_NANOS) {
      return Optional.empty();
    }
    reading = now;
    takenAt += elapsed;
    return Optional.ofNullable(before).map(first -> new Span<>(first, elapsed / 1e9));
  }
}
