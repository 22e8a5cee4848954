package io.loda.agent.builtin.kit;

import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The reading that the next rates are measured from.
 *
 * <p>Not thread-safe.
 *
 * @param <T> what is read, immutable
 */
public final class Baseline<T> {

  /** Counters of the kernel step in 10 ms: a rate over less than this would be mostly noise. */
  private static final long SHORTEST_NANOS = 1_000_000_000L;

  private final LongSupplier nanoTime;
  private @Nullable T reading;
  private long takenAt;

  /**
   * One without a value yet.
   *
   * @param nanoTime a monotonic clock: the wall clock may be set, and a rate must not jump with it
   */
  public Baseline(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** What a rate is measured over. */
  public record Span<T>(T before, double seconds) {}

  public void set(T reading) {
    this.reading = reading;
    this.takenAt = nanoTime.getAsLong();
  }

  /**
   * Takes the next reading, which becomes the baseline of the one after it.
   *
   * @return what to compare it with; empty at the first, and so soon after the last that the old
   *     baseline stays in force
   */
  public Optional<Span<T>> advance(T now) {
    T before = reading;
    long elapsed = nanoTime.getAsLong() - takenAt;
    if (before == null) {
      set(now);
      return Optional.empty();
    }
    if (elapsed < SHORTEST_NANOS) {
      return Optional.empty();
    }
    reading = now;
    takenAt += elapsed;
    return Optional.of(new Span<>(before, elapsed / 1e9));
  }
}
