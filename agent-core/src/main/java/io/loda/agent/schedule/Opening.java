package io.loda.agent.schedule;

import io.loda.agent.schedule.time.Retries;
import io.loda.agent.schedule.time.Timers;
import io.loda.agent.source.MetricSource;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Opens a job's source; after a failure again, each time twice as long after it. On the scheduler's
 * event loop.
 */
final class Opening {

  private final JobHealth health;
  private final Supplier<Future<MetricSource>> open;
  private final Consumer<MetricSource> opened;
  private final Runnable notOpened;
  private final Retries retries;
  private boolean stopped;

  /**
   * Not begun yet.
   *
   * @param retry how long after the first failure it is tried again
   * @param opened takes the source
   * @param notOpened is told of each failure
   */
  Opening(
      Timers timers,
      Duration retry,
      JobHealth health,
      Supplier<Future<MetricSource>> open,
      Consumer<MetricSource> opened,
      Runnable notOpened) {
    this.retries = new Retries(timers, retry, this::start);
    this.health = health;
    this.open = open;
    this.opened = opened;
    this.notOpened = notOpened;
  }

  void start() {
    // what opening throws is a failure like any other, and must not reach the other jobs
    Future.succeededFuture()
        .compose(unused -> open.get())
        .onComplete(
            result -> {
              if (stopped) {
                if (result.succeeded()) {
                  result.result().close();
                }
              } else if (result.succeeded()) {
                begin(result.result());
              } else {
                failed(result.cause());
              }
            });
  }

  /** What isn't begun, as where the system gives no thread for a stream, is opened anew. */
  private void begin(MetricSource source) {
    try {
      opened.accept(source);
      health.opened();
    } catch (RuntimeException | OutOfMemoryError e) {
      source.close();
      failed(e);
    }
  }

  private void failed(Throwable cause) {
    if (health.notOpened(cause, retries.after())) {
      retries.later();
    }
    notOpened.run();
  }

  /** Something has changed: where it waits to be tried again, that is now. */
  void tryNow() {
    retries.now();
  }

  /** Tries no more; what is just being opened is closed. */
  void stop() {
    stopped = true;
    retries.stop();
  }
}
