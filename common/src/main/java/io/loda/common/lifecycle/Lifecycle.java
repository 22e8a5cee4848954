package io.loda.common.lifecycle;

import io.loda.common.files.FileReason;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a program: they start in order and close in reverse. The start has one deadline, and
 * so has the stop.
 *
 * <p>At the stop the parts close one after another. Some time before the deadline is reserved for
 * each part. A part that closes may take the time until the deadline, without the time reserved for
 * later parts. If it takes longer, it continues beside the next ones, and the stop waits for it at
 * the end, until the deadline.
 *
 * <p>Each start and close is called on a thread of its own, so that one that blocks delays no
 * other. Add all parts before the start. Any thread may call the other methods, which don't block.
 */
public final class Lifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

  /** The time reserved for a close that waits for nothing. */
  private static final Duration SHORT = Duration.ofMillis(100);

  private final Vertx vertx;
  private final Duration longestStart;
  private final Duration longestStop;
  private final List<Part> parts = new ArrayList<>();
  private final Deque<Begun> begun = new ArrayDeque<>();
  private @Nullable Future<Void> closed;
  private volatile long turnEnds;

  private record Part(
      String name, Duration kept, Supplier<Future<?>> start, Supplier<Future<?>> close) {}

  /** A part whose start was called. If the start failed, there is nothing to close. */
  private record Begun(Part part, CompletableFuture<?> start) {

    CompletableFuture<?> close() {
      return start
          .handle((unused, failure) -> failure == null)
          .thenCompose(
              up ->
                  up
                      ? call("close " + part.name, part.close)
                      : CompletableFuture.completedStage(null));
    }
  }

  private record Closing(String name, CompletableFuture<?> end) {}

  /**
   * Creates a lifecycle without parts.
   *
   * @param longestStart the deadline of the start of all parts
   * @param longestStop the deadline of the stop of all parts
   */
  public Lifecycle(Vertx vertx, Duration longestStart, Duration longestStop) {
    this.vertx = vertx;
    this.longestStart = longestStart;
    this.longestStop = longestStop;
  }

  /** Adds a part, which starts after the parts added before it and closes before them. */
  public void add(String name, Supplier<Future<?>> start, Supplier<Future<?>> close) {
    add(new Part(name, SHORT, start, close));
  }

  /** Adds a part that has already started, and is only closed. */
  public void closing(String name, Supplier<Future<?>> close) {
    add(name, Future::succeededFuture, close);
  }

  public void verticle(String name, Deployable verticle) {
    verticles(name, SHORT, List.of(verticle));
  }

  /**
   * Adds verticles as one part: they start in order, and close all at once.
   *
   * @param kept the time of the stop that is reserved for them
   */
  public void verticles(String name, Duration kept, List<? extends Deployable> verticles) {
    List<String> ids = new CopyOnWriteArrayList<>();
    Supplier<Future<?>> close = () -> Future.join(ids.stream().map(vertx::undeploy).toList());
    add(
        new Part(
            name,
            kept,
            () -> {
              Future<?> all = Future.succeededFuture();
              for (Deployable verticle : verticles) {
                all = all.compose(unused -> vertx.deployVerticle(verticle)).onSuccess(ids::add);
              }
              return all.recover(e -> close.get().transform(unused -> Future.failedFuture(e)));
            },
            close));
  }

  private void add(Part part) {
    parts.add(part);
    Duration kept = parts.stream().map(Part::kept).reduce(Duration.ZERO, Duration::plus);
    if (kept.compareTo(longestStop) > 0) {
      throw new IllegalArgumentException(
          "%s are kept for the parts, but a stop has %s".formatted(kept, longestStop));
    }
  }

  /**
   * Starts all parts, or none: if one fails or takes too long, those that had started are closed.
   *
   * @return fails with the failure of the part, after the parts that had started are closed
   */
  public Future<Void> start() {
    long deadline = System.nanoTime() + longestStart.toNanos();
    CompletableFuture<?> all = CompletableFuture.completedFuture(null);
    for (Part part : parts) {
      all = all.thenCompose(unused -> start(part, deadline));
    }
    return Future.fromCompletionStage(all)
        .<Void>mapEmpty()
        .recover(e -> close().transform(unused -> Future.failedFuture(cause(e))));
  }

  private synchronized CompletableFuture<?> start(Part part, long deadline) {
    if (closed != null) {
      return CompletableFuture.failedFuture(new IllegalStateException("closed during the start"));
    }
    CompletableFuture<?> start = call("start " + part.name, part.start);
    begun.push(new Begun(part, start));
    return within(start, deadline)
        .exceptionallyCompose(
            e ->
                CompletableFuture.failedFuture(
                    start.isDone()
                        ? e
                        : new TimeoutException(
                            "%s: timeout, the start took more than %d s"
                                .formatted(part.name, longestStart.toSeconds()))));
  }

  /**
   * Closes the parts that have started. During a start this ends the start, which then fails.
   * Idempotent.
   *
   * @return never fails; complete by the deadline at the latest
   */
  public synchronized Future<Void> close() {
    if (closed == null) {
      closed = Future.fromCompletionStage(closeAll(System.nanoTime() + longestStop.toNanos()));
    }
    return closed;
  }

  private CompletableFuture<Void> closeAll(long deadline) {
    List<Closing> late = new ArrayList<>();
    long kept = begun.stream().mapToLong(each -> each.part.kept.toNanos()).sum();
    CompletableFuture<?> all = CompletableFuture.completedFuture(null);
    for (Begun each : begun) {
      kept -= each.part.kept.toNanos();
      long turn = deadline - kept;
      all = all.thenCompose(unused -> close(each, turn, late));
    }
    return all.thenCompose(unused -> waitFor(late, deadline));
  }

  private CompletableFuture<?> close(Begun each, long turn, List<Closing> late) {
    turnEnds = turn;
    String name = each.part.name;
    long begin = System.nanoTime();
    CompletableFuture<?> end = each.close();
    return within(end, turn)
        .handle(
            (unused, failure) -> {
              if (failure != null && end.isDone()) {
                LOG.warn("{}: close failed: {}", name, FileReason.of(cause(failure)));
              } else if (failure != null) {
                LOG.warn(
                    "{}: close timeout after {} ms, the next ones close beside it",
                    name,
                    millisSince(begin));
                late.add(
                    new Closing(name, end.whenComplete((ended, why) -> sayLate(name, begin, why))));
              }
              return null;
            });
  }

  private static void sayLate(String name, long begin, @Nullable Throwable failure) {
    if (failure == null) {
      LOG.info("{}: closed late, after {} ms", name, millisSince(begin));
    } else {
      LOG.warn(
          "{}: close failed late, after {} ms: {}",
          name,
          millisSince(begin),
          FileReason.of(cause(failure)));
    }
  }

  private CompletableFuture<Void> waitFor(List<Closing> late, long deadline) {
    CompletableFuture<?> all =
        CompletableFuture.allOf(late.stream().map(Closing::end).toArray(CompletableFuture[]::new));
    return within(all, deadline)
        .handle(
            (unused, failure) -> {
              List<String> left =
                  late.stream().filter(each -> !each.end.isDone()).map(Closing::name).toList();
              if (!left.isEmpty()) {
                LOG.warn(
                    "stop: timeout after {} ms, not closed: {}",
                    longestStop.toMillis(),
                    String.join(", ", left));
              }
              return null;
            });
  }

  /** Returns the time left for the part that closes now. */
  public Duration timeLeft() {
    return Duration.ofNanos(Math.max(0, turnEnds - System.nanoTime()));
  }

  /** Returns a future that completes like this one, or with a timeout at the deadline. */
  private static CompletableFuture<?> within(CompletableFuture<?> future, long deadline) {
    return future.copy().orTimeout(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
  }

  private static CompletableFuture<?> call(String thread, Supplier<Future<?>> action) {
    return CompletableFuture.supplyAsync(
            action,
            task -> {
              Thread own = new Thread(task, thread);
              own.setDaemon(true);
              own.start();
            })
        .thenCompose(Future::toCompletionStage);
  }

  private static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
