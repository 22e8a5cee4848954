package io.loda.agent.schedule.time;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/** A verticle's event loop, as others reach it. Any thread may call. */
public final class EventLoop {

  private final Context context;

  public EventLoop(Context context) {
    this.context = context;
  }

  /** Does something there, and doesn't wait for it. */
  public void run(Runnable action) {
    context.runOnContext(unused -> action.run());
  }

  /**
   * Does something there.
   *
   * @return fails with what the action throws too; comes back to the caller's event loop, where the
   *     caller is on one
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
