package io.loda.agent.source.script.run;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads of runs: one for each run, so the queue bounds their number. Idle threads end after a
 * while. Any thread.
 */
final class RunThreads {

  private static final long IDLE_SECONDS = 10;

  private final Vertx vertx;
  private final Set<Future<?>> underWay = new HashSet<>();
  private @Nullable Future<Void> closed;
  private final AtomicInteger number = new AtomicInteger();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          // the running runs bound the threads; a limit here would count threads that are just
          // ending
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> {
            Thread thread = new Thread(task, "script-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
          });

  RunThreads(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Returns the context on which a caller gets its results. */
  Context caller() {
    return vertx.getOrCreateContext();
  }

  /**
   * Notes the begin of work, whose end {@link #close} waits for. Returns null once closed: no work
   * may begin.
   */
  synchronized <T> @Nullable Promise<T> begin() {
    if (closed != null) {
      return null;
    }
    Promise<T> promise = Promise.promise();
    Future<T> begun = promise.future();
    underWay.add(begun);
    begun.onComplete(unused -> end(begun));
    return promise;
  }

  private synchronized void end(Future<?> ended) {
    underWay.remove(ended);
  }

  /**
   * Runs a task in a thread, and completes on the caller's event loop. Does nothing once closed.
   */
  Future<Void> call(Callable<@Nullable Void> work) {
    Promise<Void> promise = begin();
    if (promise == null) {
      return Future.succeededFuture();
    }
    run(work, caller()).onComplete(promise);
    return promise.future();
  }

  /** Runs begun work in a thread; its result is completed on the given context. */
  <T> Future<T> run(Callable<T> work, Context back) {
    Promise<T> promise = Promise.promise();
    try {
      threads.execute(() -> work(work, back, promise));
    } catch (OutOfMemoryError e) {
      // the system has no thread left: fail, so that nobody waits for ever
      promise.fail(new IllegalStateException("the system gives no thread for it: " + e, e));
    }
    return promise.future();
  }

  private static <T> void work(Callable<T> work, Context back, Promise<T> promise) {
    Future<T> done = Future.failedFuture(new IllegalStateException("its thread ended"));
    try {
      done = Future.succeededFuture(work.call());
    } catch (Exception | LinkageError e) {
      done = Future.failedFuture(e);
    } finally {
      // even if an Error ends this thread
      answer(done, back, promise);
    }
  }

  private static <T> void answer(Future<T> result, Context back, Promise<T> promise) {
    try {
      back.runOnContext(unused -> promise.handle(result));
    } catch (RejectedExecutionException e) {
      // Vert.x was closed without waiting for the run, and the caller with it
    }
  }

  /**
   * Lets no more work begin, and waits for all that has begun; idempotent.
   *
   * @param last runs after that
   */
  synchronized Future<Void> close(Callable<@Nullable Void> last) {
    if (closed == null) {
      closed =
          Future.join(List.copyOf(underWay))
              .transform(unused -> run(last, caller()))
              .otherwiseEmpty()
              .onComplete(unused -> threads.shutdown());
    }
    return closed;
  }
}
