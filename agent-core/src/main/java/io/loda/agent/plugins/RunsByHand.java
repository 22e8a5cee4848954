package io.loda.agent.plugins;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The runs that somebody asked for: a few at once, beside those that are due, and never in their
 * place. On the scheduler's event loop.
 */
public final class RunsByHand {

  /** After its time-out a run is ended, which may take as long. */
  private static final Duration END = Duration.ofSeconds(4);

  private final int most;
  private final LongSupplier nanos;

  /** When each that goes on has ended at the latest. */
  private final List<Long> ends = new ArrayList<>();

  /** None yet. */
  public RunsByHand(int most, LongSupplier nanos) {
    this.most = most;
    this.nanos = nanos;
  }

  /**
   * Runs something.
   *
   * @param timeout after which it is ended
   * @throws PluginCallException when as many run as may
   */
  public <T> Future<T> run(Duration timeout, Supplier<Future<T>> action) {
    if (ends.size() >= most) {
      long seconds = longestWait().toSeconds() + 1;
      throw new PluginCallException(
          PluginCallException.Kind.BUSY,
          "as many plugins run by hand as may at once ("
              + most
              + ", plugins.max-by-hand): try again later, one of them has ended in "
              + seconds
              + " s at the latest",
          seconds);
    }
    Long end = nanos.getAsLong() + timeout.plus(END).toNanos();
    ends.add(end);
    // what it throws is a failure like any other: its place is free then, too
    return Future.succeededFuture()
        .compose(unused -> action.get())
        .onComplete(unused -> ends.remove(end));
  }

  private Duration longestWait() {
    long now = nanos.getAsLong();
    long left = ends.stream().mapToLong(end -> end - now).min().orElse(0);
    return Duration.ofSeconds(TimeUnit.NANOSECONDS.toSeconds(Math.max(0, left)));
  }
}
