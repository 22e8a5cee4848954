package io.loda.agent.source.script.run;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of runs: one for each run, whose number the queue bounds. Idle ones end after a
 * while. Any thread.
 */
final class RunThreads {

  private static final long IDLE_SECONDS = 10;

  private final Vertx vertx;
  private final AtomicInteger number = new AtomicInteger();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          // bounded by the runs that are begun, not by threads that are just ending
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

  /** The context that a caller's results come back to. */
  Context caller() {
    return vertx.getOrCreateContext();
  }

  /** Runs work in a thread; the result comes back on the caller's event loop. */
  <T> Future<T> call(Callable<T> work) {
    return call(work, caller());
  }

  /** Runs work in a thread; the result comes back on the given context. */
  <T> Future<T> call(Callable<T> work, Context back) {
    Promise<T> promise = Promise.promise();
    try {
      threads.execute(() -> work(work, back, promise));
    } catch (OutOfMemoryError e) {
      // the system has no more threads: fail, so that nobody waits for ever
      promise.fail(new IllegalStateException("the system gives no thread for it: " + e, e));
    } catch (RejectedExecutionException e) {
      promise.fail(new IllegalStateException("the agent stops", e));
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
      // also when an Error ends this thread
      Future<T> result = done;
      back.runOnContext(unused -> promise.handle(result));
    }
  }

  /** Accepts no more; idempotent. */
  void close() {
    threads.shutdown();
  }
}
