package io.loda.agent.delivery;

import io.loda.agent.output.Message;
import io.loda.agent.output.Output;
import io.loda.agent.output.RefusedException;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what waits for one output: one message at a time, the same bytes until it is taken or
 * refused for good. Everything here runs on the verticle's event loop.
 */
public final class Publisher extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  private final String name;
  private final DeliveryBuffer buffer;
  private final Output output;
  private final Duration maxDelay;
  private final Duration drainTime;
  private final Counters counters;
  private final Discards discards;
  private final RetryPolicy retry = new RetryPolicy();
  private boolean sending;
  private @Nullable String failure;
  private long failingSinceNanos;
  private @Nullable Promise<Void> drained;

  /**
   * A publisher that does nothing yet.
   *
   * @param maxDelay how long a point waits for others to share its message
   * @param drainTime how long a stop goes on sending what waits
   */
  public Publisher(
      String name,
      DeliveryBuffer buffer,
      Output output,
      Duration maxDelay,
      Duration drainTime,
      Counters counters,
      Discards discards) {
    this.name = name;
    this.buffer = buffer;
    this.output = output;
    this.maxDelay = maxDelay;
    this.drainTime = drainTime;
    this.counters = counters;
    this.discards = discards;
  }

  /** Why the last try failed; null when it didn't. For the status page, from any thread. */
  public synchronized @Nullable String failure() {
    return failure;
  }

  @Override
  public Future<?> start() {
    buffer.onSealed(() -> context.runOnContext(unused -> sendNext()));
    // half the delay, so that no point waits longer than the whole of it
    vertx.setPeriodic(Math.max(1, maxDelay.toMillis() / 2), unused -> buffer.sealDue(false));
    return output.start();
  }

  /** Sends what waits, for the drain time at most; says what it leaves behind. */
  @Override
  public Future<?> stop() {
    drained = Promise.promise();
    buffer.sealDue(true);
    sendNext();
    return drained
        .future()
        .timeout(drainTime.toMillis(), TimeUnit.MILLISECONDS)
        .otherwiseEmpty()
        .compose(
            unused -> {
              long left = buffer.waitingPoints();
              if (left > 0) {
                discards.count(
                    "stopped", left, "output " + name + " took nothing until the stop's deadline");
              }
              return output.close();
            })
        .otherwiseEmpty();
  }

  private void sendNext() {
    if (sending) {
      return;
    }
    Message message = buffer.take();
    if (message == null) {
      if (drained != null) {
        drained.tryComplete();
      }
      return;
    }
    sending = true;
    output
        .send(message)
        .onComplete(
            result -> {
              sending = false;
              if (result.succeeded()) {
                taken(message);
              } else if (result.cause() instanceof RefusedException e) {
                refused(message, e);
              } else {
                again(result.cause());
              }
            });
  }

  private void taken(Message message) {
    buffer.done();
    counters.add("output." + name + ".points", message.points());
    counters.add("output." + name + ".messages");
    if (failure() != null) {
      LOG.info(
          "output {} takes messages again after {} s; {} points wait",
          name,
          TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - failingSinceNanos),
          buffer.waitingPoints());
      setFailure(null);
    }
    retry.reset();
    sendNext();
  }

  private void refused(Message message, RefusedException e) {
    buffer.done();
    discards.count(
        "refused",
        message.points(),
        "output " + name + ", topic " + message.topic() + ": " + e.getMessage());
    sendNext();
  }

  private void again(Throwable cause) {
    counters.add("output." + name + ".failures");
    if (failure() == null) {
      failingSinceNanos = System.nanoTime();
      LOG.warn(
          "output {} takes nothing, {} points wait in memory; tries again: {}",
          name,
          buffer.waitingPoints(),
          cause.getMessage());
    }
    setFailure(String.valueOf(cause.getMessage()));
    sending = true;
    vertx.setTimer(
        retry.next().toMillis(),
        unused -> {
          sending = false;
          sendNext();
        });
  }

  private synchronized void setFailure(@Nullable String reason) {
    failure = reason;
  }
}
