package io.loda.agent.timers;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/** Runs actions on a verticle's event loop. Any thread may call. */
public final class EventLoop {

  private final Context context;

  public EventLoop(Context context) {
    this.context = context;
  }

  /** Runs an action there, and doesn't wait for its end. */
  public void run(Runnable action) {
    context.runOnContext(unused -> action.run());
  }

  /**
   * Runs an action there.
   *
   * @return the action's result; fails with an exception that it throws, too. It completes on the
   *     caller's event loop, if the caller is on one
   */
  public <T> Future<T> call(Supplier<Future<T>> action) {
    Context caller = Vertx.currentContext();
    Promise<T> promise = Promise.promise();
    run(
        () -> {
          Future<T> done;
          try {
            done = action.get();
          } catch (RuntimeException e) {
            done = Future.failedFuture(e);
          }
          done.onComplete(
              result -> {
                if (caller == null || caller == context) {
                  promise.handle(result);
                } else {
                  caller.runOnContext(back -> promise.handle(result));
                }
              });
        });
    return promise.future();
  }
}
