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
 * The threads that runs take: as many as there are runs, which are bounded where they are begun.
 * Those that have nothing to do end after a while. Any thread may call.
 */
final class RunThreads {

  private static final long IDLE_SECONDS = 10;

  private final Vertx vertx;
  private final AtomicInteger number = new AtomicInteger();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          // bounded by what is begun, not by how many of them are just ending
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> {
            Thread thread = new Thread(task, "script-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
          });

  /** No threads yet. */
  RunThreads(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Where what the caller asks for now is to come back to. */
  Context caller() {
    return vertx.getOrCreateContext();
  }

  /** Does it in a thread; the result comes back to the caller's event loop. */
  <T> Future<T> call(Callable<T> work) {
    return call(work, caller());
  }

  /** Does it in a thread; the result comes back there. */
  <T> Future<T> call(Callable<T> work, Context back) {
    Promise<T> promise = Promise.promise();
    try {
      threads.execute(() -> work(work, back, promise));
    } catch (OutOfMemoryError e) {
      // of threads: whoever waits for this one mustn't wait for ever
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
      // also where an error of the virtual machine ends this thread
      Future<T> result = done;
      back.runOnContext(unused -> promise.handle(result));
    }
  }

  /** Takes no more; idempotent. */
  void close() {
    threads.shutdown();
  }
}
