package io.loda.agent.plugins;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Limits the runs by hand: a few at once, in addition to scheduled runs. On the scheduler's event
 * loop.
 */
public final class RunsByHand {

  /** Ending a run after its time-out takes at most this long. */
  private static final Duration END = Duration.ofSeconds(4);

  private final int most;
  private final LongSupplier nanos;

  /** The deadline of each current run. */
  private final List<Long> ends = new ArrayList<>();

  public RunsByHand(int most, LongSupplier nanos) {
    this.most = most;
    this.nanos = nanos;
  }

  /**
   * Runs an action.
   *
   * @param timeout of the run
   * @throws PluginCallException when as many run as may at once
   */
  public <T> Future<T> run(Duration timeout, Supplier<Future<T>> action) {
    if (ends.size() >= most) {
      long seconds = longestWait().toSeconds() + 1;
      throw new PluginCallException(
          PluginCallException.Reason.BUSY,
          most
              + " plugins run by hand, the most at once (plugins.max-by-hand): retry later,"
              + " one of them ends within "
              + seconds
              + " s",
          seconds);
    }
    Long end = nanos.getAsLong() + timeout.plus(END).toNanos();
    ends.add(end);
    // an exception counts as a failure, and frees the place too
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
