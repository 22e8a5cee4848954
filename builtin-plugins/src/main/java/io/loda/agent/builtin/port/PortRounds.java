package io.loda.agent.builtin.port;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Starts the checks of all ports that are due together, when the first of them is collected.
 *
 * <p>A collection that waits for a dead port blocks one of the agent's few workers until its
 * time-out. If each port were only checked at its turn, a hundred dead ports would take a hundred
 * time-outs divided by the workers. So the first starts its neighbours' checks too, and they find
 * their answers ready. Thread-safe.
 */
final class PortRounds {

  /** The items of a round are collected within this time of each other, unless workers are busy. */
  private static final long ROUND_NANOS = 1_000_000_000L;

  /** An answer that isn't fetched within this time is stale, and the port is checked again. */
  private static final long STALE_NANOS = 5_000_000_000L;

  private final LongSupplier nanoTime;
  private final Set<Port> ports = new HashSet<>();

  PortRounds(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** A port that is checked regularly. Guarded by its {@link PortRounds}. */
  static final class Port {
    private final LongSupplier nanoTime;
    private final PortCheck check;
    private final long intervalNanos;
    private @Nullable CompletableFuture<PortResult> pending;
    private volatile long answeredAt;
    private long collectedAt;
    private boolean collected;

    private Port(LongSupplier nanoTime, PortCheck check, long intervalNanos) {
      this.nanoTime = nanoTime;
      this.check = check;
      this.intervalNanos = intervalNanos;
    }

    private boolean due(long now) {
      return !collected || now - collectedAt >= intervalNanos - ROUND_NANOS;
    }

    /** Starts a check, unless one is under way or its answer is still fresh. */
    private void ask(long now) {
      CompletableFuture<PortResult> waiting = pending;
      if (waiting == null || (waiting.isDone() && now - answeredAt > STALE_NANOS)) {
        pending = check.start().whenComplete((result, e) -> answeredAt = nanoTime.getAsLong());
      }
    }

    private CompletableFuture<PortResult> take(long now) {
      ask(now);
      CompletableFuture<PortResult> answer = requireNonNull(pending);
      pending = null;
      collected = true;
      collectedAt = now;
      return answer;
    }
  }

  synchronized Port add(PortCheck check, long intervalNanos) {
    Port port = new Port(nanoTime, check, intervalNanos);
    ports.add(port);
    return port;
  }

  /** Removes a port; returns whether it was the last one. */
  synchronized boolean remove(Port port) {
    ports.remove(port);
    return ports.isEmpty();
  }

  /** Returns the port's answer; waits for it, at most for the check's time-out. */
  PortResult answer(Port port) throws IOException, InterruptedException {
    try {
      return begin(port).get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof TimeoutException) {
        throw new IOException(
            "the port check didn't end in three times its connect_timeout: is the host's name"
                + " resolved?",
            cause);
      }
      throw new IOException("port check: " + cause.getMessage(), cause);
    }
  }

  private synchronized CompletableFuture<PortResult> begin(Port port) {
    long now = nanoTime.getAsLong();
    if (port.pending == null) {
      ports.stream().filter(other -> other.due(now)).forEach(other -> other.ask(now));
    }
    return port.take(now);
  }
}
