package io.loda.agent.delivery;

import io.loda.agent.delivery.queue.MessageQueue;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.output.Output;
import io.loda.agent.output.OutputStatus;
import io.loda.common.logging.Plural;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.loda.common.time.Backoff;
import io.loda.common.time.Pace;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the queue of one output, with as many messages in flight as the output allows. A message is
 * sent as the same bytes until the output acknowledges it or refuses it for good. All state belongs
 * to the verticle's event loop.
 *
 * <p>When one fails, nothing more is sent until all in flight are answered. Those that weren't
 * acknowledged go back to the front in their order, and are retried after a back-off.
 */
public final class Publisher extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  /** An output may answer at once: after this many messages the event loop does other work. */
  private static final int AT_ONCE = 64;

  private static final Backoff RETRY = Backoff.of(Duration.ofMillis(100), Duration.ofSeconds(2));

  /** How long a stop waits for a disk after it has sent. */
  private static final long DISK_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final String name;
  private final DeliveryBuffer buffer;
  private final Output output;
  private final MessageSender sender;
  private final Pace pace;
  private final Supplier<Duration> drainTime;
  private final Counters counters;
  private final Discards discards;

  /** What is in flight, and what of that has failed, with the reason; in order. */
  private final Map<QueuedMessage, Optional<Throwable>> unanswered = new LinkedHashMap<>();

  private Backoff retry = RETRY;
  private int underWay;
  private long progressNanos;
  private @Nullable QueuedMessage next;
  private boolean waiting;
  private long timer;
  private boolean sending;
  private volatile @Nullable String failure;
  private long failingSinceNanos;
  private @Nullable Promise<Void> drained;

  /**
   * Creates a publisher, not started.
   *
   * @param format of the messages
   * @param replayBytesPerSecond limits the backlog from disk; 0: unlimited
   * @param aside keeps messages that are refused
   * @param drainTime how long a stop may go on sending; read during the stop
   */
  public Publisher(
      String name,
      DeliveryBuffer buffer,
      Output output,
      String format,
      long replayBytesPerSecond,
      RefusedMessages aside,
      Supplier<Duration> drainTime,
      Counters counters,
      Discards discards) {
    this.name = name;
    this.buffer = buffer;
    this.output = output;
    this.sender = new MessageSender(name, output, MessageSplit.of(format), aside, discards);
    this.pace = new Pace(replayBytesPerSecond, Duration.ZERO, System::nanoTime);
    this.drainTime = drainTime;
    this.counters = counters;
    this.discards = discards;
  }

  /** Returns the output's figures for the status page; any thread. */
  public OutputStatus status(String type) {
    MessageQueue.Amount amount = buffer.amount();
    String why = failure;
    return new OutputStatus(
        name,
        type,
        buffer.waitingPoints(),
        buffer.waitingBytes(),
        amount.diskBytes(),
        buffer.oldestSeconds(),
        buffer.droppedPoints(),
        sender.refusedPoints(),
        why == null ? "" : why,
        amount.diskFailure());
  }

  /** Returns why the last send failed; null: it didn't. Any thread. */
  public @Nullable String failure() {
    return failure;
  }

  @Override
  public Future<?> start() {
    return here(buffer.start(() -> context.runOnContext(unused -> send())))
        .compose(
            unused -> {
              vertx.setPeriodic(
                  Math.max(1, buffer.tick().toMillis()), timer -> buffer.sealDue(false));
              return output.start();
            })
        // send what was added before the start
        .onSuccess(unused -> context.runOnContext(now -> send()));
  }

  /** Completes a future of the buffer, which may complete on any thread, on the event loop. */
  private Future<Void> here(Future<Void> anywhere) {
    Promise<Void> here = Promise.promise();
    anywhere.onComplete(
        result ->
            context.runOnContext(
                unused -> {
                  if (result.succeeded()) {
                    here.complete();
                  } else {
                    here.fail(result.cause());
                  }
                }));
    return here.future();
  }

  /**
   * Writes the queue to disk and goes on sending, together for at most the drain time. Logs what
   * stays on disk, and counts what is lost. A disk that hangs is waited for no longer than that:
   * nothing ends its call but the process's end.
   */
  @Override
  public Future<?> stop() {
    long endNanos = System.nanoTime() + drainTime.get().toNanos();
    return flush(endNanos)
        .transform(
            stored -> {
              if (stored.cause() instanceof TimeoutException) {
                return left(stored);
              }
              return drain(stored, endNanos)
                  .transform(unused -> flush(Math.max(endNanos, System.nanoTime() + DISK_NANOS)))
                  .transform(this::left);
            })
        .transform(unused -> output.close())
        .transform(unused -> inTime(here(buffer.close()), System.nanoTime() + DISK_NANOS))
        .recover(
            e -> e instanceof TimeoutException ? Future.succeededFuture() : Future.failedFuture(e));
  }

  private Future<Void> flush(long endNanos) {
    return inTime(here(buffer.flush()), endNanos)
        .recover(
            e ->
                Future.failedFuture(
                    e instanceof TimeoutException
                        ? new TimeoutException("the disk hasn't taken them yet, it may hang")
                        : e));
  }

  private static Future<Void> inTime(Future<Void> future, long endNanos) {
    long millis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
    return future.timeout(Math.max(1, millis), TimeUnit.MILLISECONDS);
  }

  private Future<Void> drain(AsyncResult<Void> stored, long endNanos) {
    if (stored.succeeded() && failure != null) {
      // all is on disk, and the output is failing
      return Future.succeededFuture();
    }
    Promise<Void> empty = Promise.promise();
    drained = empty;
    send();
    return inTime(empty.future(), endNanos);
  }

  private Future<Void> left(AsyncResult<Void> stored) {
    drained = null;
    waiting = true;
    long left = buffer.waitingPoints();
    long lost = stored.succeeded() ? 0 : buffer.unsavedPoints();
    if (left > lost) {
      LOG.info(
          "output {}: {} left on disk for the next start", name, Plural.of(left - lost, "point"));
    }
    if (lost > 0) {
      // for each output: nobody can read the counters any more
      discards.countOf(
          name,
          "stopped",
          lost,
          "output "
              + name
              + ": not sent by the stop's deadline, "
              + lost
              + " points dropped that aren't on disk: "
              + stored.cause().getMessage());
    }
    return Future.succeededFuture();
  }

  private void send() {
    // an output that answers at once calls this from within the loop below
    if (sending) {
      return;
    }
    sending = true;
    try {
      sendAll();
    } finally {
      sending = false;
    }
  }

  private void sendAll() {
    int sent = 0;
    while (!waiting && !isFailing() && underWay < sender.maxInFlight() && !isSilent()) {
      if (sent++ == AT_ONCE) {
        context.runOnContext(unused -> send());
        return;
      }
      QueuedMessage entry = next == null ? buffer.take() : next;
      next = null;
      if (entry == null) {
        // ready announces messages that are only on disk
        if (drained != null && underWay == 0 && !buffer.isMoreToCome()) {
          drained.tryComplete();
        }
        return;
      }
      long pause = entry.replayed() ? TimeUnit.NANOSECONDS.toMillis(pace.waitNanos()) : 0;
      if (pause > 0) {
        next = entry;
        pause(pause);
        return;
      }
      send(entry);
    }
  }

  /** Returns whether any in flight has failed: then nothing more is sent. */
  private boolean isFailing() {
    return unanswered.size() > underWay;
  }

  /**
   * Returns whether the server has been silent for a while with messages in flight. It gets no more
   * messages then: if it went on after the deadline, those that it has would arrive twice.
   */
  private boolean isSilent() {
    return underWay > 0 && System.nanoTime() - progressNanos > SILENCE_NANOS;
  }

  private void send(QueuedMessage entry) {
    if (entry.replayed()) {
      pace.add(entry.bytes());
    }
    if (underWay == 0) {
      progressNanos = System.nanoTime();
    }
    underWay++;
    unanswered.put(entry, Optional.empty());
    sender
        .send(entry.message())
        .onComplete(
            result -> {
              underWay--;
              progressNanos = System.nanoTime();
              answered(entry, result);
              if (isFailing()) {
                giveBack();
              } else {
                send();
              }
            });
  }

  private void answered(QueuedMessage entry, AsyncResult<Integer> result) {
    if (result.succeeded()) {
      unanswered.remove(entry);
      buffer.done(entry);
      if (result.result() > 0) {
        taken(result.result());
      }
    } else {
      unanswered.put(entry, Optional.of(result.cause()));
      failed(result.cause());
    }
  }

  private void taken(int points) {
    counters.add("output." + name + ".points", points);
    counters.add("output." + name + ".messages");
    if (failure != null && !isFailing()) {
      LOG.info(
          "output {}: sending again after {} s, {} waiting",
          name,
          TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - failingSinceNanos),
          Plural.of(buffer.waitingPoints(), "point"));
      failure = null;
    }
    retry = RETRY;
  }

  private void failed(Throwable cause) {
    counters.add("output." + name + ".failures");
    if (failure == null) {
      failingSinceNanos = System.nanoTime();
      LOG.warn(
          "output {}: send failed, {} waiting, retrying: {}",
          name,
          Plural.of(buffer.waitingPoints(), "point"),
          cause.getMessage());
    }
    failure = String.valueOf(cause.getMessage());
  }

  /** When all in flight are answered, puts the failed messages back to the front, and backs off. */
  private void giveBack() {
    if (underWay > 0) {
      return;
    }
    Map.Entry<QueuedMessage, Optional<Throwable>> oldest = unanswered.entrySet().iterator().next();
    sender.failed(oldest.getKey().message(), oldest.getValue().orElseThrow());
    List<QueuedMessage> back = new ArrayList<>(unanswered.keySet());
    if (next != null) {
      // it waits for the pace, so it comes after the failed ones
      back.add(next);
      next = null;
    }
    buffer.back(back);
    unanswered.clear();
    pause(retry.spreadMillis());
    retry = retry.longer();
  }

  private void pause(long millis) {
    // a back-off after a failure replaces a pause for the pace
    if (waiting) {
      vertx.cancelTimer(timer);
    }
    waiting = true;
    timer =
        vertx.setTimer(
            millis,
            unused -> {
              waiting = false;
              send();
            });
  }
}
