package io.loda.agent.output;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * The worker thread of one output, so that a hanging output delays no other. Actions that aren't
 * finished when it is closed fail: nobody waits for a thread that may hang for ever.
 */
public final class OutputWorker {

  /**
   * Longer than nsq-j's longest wait: the checker must report blocked event loops, not slow
   * servers.
   */
  private static final long MAX_EXECUTE_MINUTES = 5;

  private final WorkerExecutor executor;
  private final Set<Promise<Void>> pending = new LinkedHashSet<>();
  private boolean closed;

  public OutputWorker(Vertx vertx, String name) {
    this.executor =
        vertx.createSharedWorkerExecutor(name, 1, MAX_EXECUTE_MINUTES, TimeUnit.MINUTES);
  }

  /** Runs an action after those added before. */
  public synchronized Future<Void> run(Callable<Void> action) {
    if (closed) {
      return Future.failedFuture(new IOException("the output is closed"));
    }
    Promise<Void> done = Promise.promise();
    pending.add(done);
    // a worker without a thread throws; that fails like any other error
    Future.succeededFuture()
        .compose(unused -> executor.executeBlocking(action, false))
        .onComplete(result -> end(done, result.cause()));
    return done.future();
  }

  private void end(Promise<Void> done, Throwable failure) {
    synchronized (this) {
      pending.remove(done);
    }
    if (failure == null) {
      done.tryComplete();
    } else {
      done.tryFail(failure);
    }
  }

  /** Closes the worker; idempotent, doesn't wait for its thread. */
  public Future<Void> close() {
    List<Promise<Void>> left;
    synchronized (this) {
      if (closed) {
        return Future.succeededFuture();
      }
      closed = true;
      left = List.copyOf(pending);
      pending.clear();
    }
    Future<Void> ended = executor.close();
    left.forEach(done -> done.tryFail(new IOException("the output was closed meanwhile")));
    return ended;
  }
}
