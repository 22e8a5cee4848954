package io.loda.agent.schedule;

import io.loda.agent.source.MetricSource;
import io.loda.agent.timers.Retries;
import io.loda.agent.timers.Timers;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Opens a job's source, and retries with a back-off that doubles. On the scheduler's event loop.
 */
final class Opening {

  private final JobHealth health;
  private final Supplier<Future<MetricSource>> open;
  private final Consumer<MetricSource> opened;
  private final Runnable notOpened;
  private final Retries retries;
  private boolean stopped;

  /**
   * @param retry the first back-off
   * @param opened gets the source
   * @param notOpened called after each failure
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
    // an exception counts as a failure, and must not reach the other jobs
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

  /** Hands the source over; if that fails, as without a thread for a stream, it is opened again. */
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

  /** Retries at once if it is backing off. */
  void tryNow() {
    retries.now();
  }

  /** Stops retrying; a source that is just being opened is closed. */
  void stop() {
    stopped = true;
    retries.stop();
  }
}
