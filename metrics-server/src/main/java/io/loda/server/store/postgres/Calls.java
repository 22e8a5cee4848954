package io.loda.server.store.postgres;

import io.loda.server.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Runs calls to the database on worker threads, each within its deadline; retries failures that may
 * pass. Thread-safe.
 */
final class Calls {

  private static final List<Duration> PAUSES =
      List.of(Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(5));

  private final Vertx vertx;
  private final Database database;
  private final Duration time;
  private final WorkerExecutor threads;
  private final Set<Call<?>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Calls(Vertx vertx, Database database, Duration time, int threads) {
    this.vertx = vertx;
    this.database = database;
    this.time = time;
    this.threads = vertx.createSharedWorkerExecutor("postgres", threads, 1, TimeUnit.MINUTES);
  }

  /** Runs the work, with retries until the deadline. */
  <T> Future<T> run(Work<T> work) {
    return start(work, PAUSES);
  }

  /** Runs the work once, without retries. */
  <T> Future<T> runOnce(Work<T> work) {
    return start(work, List.of());
  }

  private <T> Future<T> start(Work<T> work, List<Duration> pauses) {
    return new Call<>(work, pauses).start();
  }

  /** One call. Its future completes at the deadline even if its thread hangs. */
  private final class Call<T> {

    private final Work<T> work;
    private final List<Duration> pauses;
    private final Deadline deadline = Deadline.in(time);
    private final Promise<T> promise = Promise.promise();
    private int failures;
    private volatile String last = "its threads are busy";

    Call(Work<T> work, List<Duration> pauses) {
      this.work = work;
      this.pauses = pauses;
    }

    Future<T> start() {
      if (closed) {
        return Future.failedFuture(new StoreUnavailable("the database is closed", null));
      }
      open.add(this);
      long timer =
          vertx.setTimer(
              Math.max(1, time.toMillis()),
              unused ->
                  promise.tryFail(
                      new StoreUnavailable(
                          "the database didn't answer within " + time.toSeconds() + " s: " + last,
                          null)));
      promise
          .future()
          .onComplete(
              unused -> {
                vertx.cancelTimer(timer);
                open.remove(this);
              });
      attempt();
      return promise.future();
    }

    private void attempt() {
      threads
          .executeBlocking(this::work, false)
          .onSuccess(promise::tryComplete)
          .onFailure(this::failed);
    }

    /** On a worker thread. */
    private T work() throws SQLException {
      if (promise.future().isComplete() || deadline.isOver()) {
        throw new StoreUnavailable("the database's threads are busy; nothing was changed", null);
      }
      last = "it is slow, or another transaction holds what this one needs";
      return database.call(work, deadline);
    }

    private void failed(Throwable e) {
      if (!(e instanceof SQLException sql)) {
        promise.tryFail(e);
        return;
      }
      last = SqlFailure.reason(sql);
      if (SqlFailure.mayPass(sql) && failures < pauses.size() && !closed) {
        long pause = pauses.get(failures++).toMillis();
        if (pause < deadline.leftMillis()) {
          vertx.setTimer(pause, unused -> attempt());
          return;
        }
      }
      promise.tryFail(new StoreUnavailable("the database failed: " + last, sql));
    }
  }

  /** Waits this long for open calls, then closes the connections under them. Later calls fail. */
  Future<?> close(Duration most) {
    closed = true;
    List<Future<?>> left = new ArrayList<>();
    open.forEach(call -> left.add(call.promise.future()));
    return Future.join(left)
        .timeout(most.toMillis(), TimeUnit.MILLISECONDS)
        .transform(
            unused ->
                threads
                    .<Void>executeBlocking(
                        () -> {
                          database.close();
                          return null;
                        },
                        false)
                    .timeout(most.toMillis(), TimeUnit.MILLISECONDS))
        .transform(unused -> threads.close());
  }
}
