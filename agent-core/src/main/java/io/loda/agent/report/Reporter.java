package io.loda.agent.report;

import io.loda.common.files.FileReason;
import io.loda.common.http.Signature;
import io.loda.common.logging.Plural;
import io.loda.common.net.HostLookup;
import io.loda.common.net.HttpAsk;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the numbers at the poll interval, and sends them at the report interval. At the stop it
 * sends the rest.
 */
public final class Reporter extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);

  private static final Duration REQUEST = Duration.ofSeconds(10);
  private static final Duration LAST_REQUEST = Duration.ofSeconds(4);
  private static final long MAX_ANSWER_BYTES = 8 << 20;
  private static final double MOST_RANDOM = 512;
  private static final String POLLS = "PollCount";

  private final ReportSettings settings;
  private final Counters counters;
  private final @Nullable Signature signature;
  private final HostReadings host;
  private final WaitingMetrics waiting = new WaitingMetrics();

  /** Batches that must be sent again. While there are any, no new ones are made. */
  private final Deque<Batch> unsent = new ArrayDeque<>();

  /** Batches that wait for their answer. */
  private final List<Batch> sending = new ArrayList<>();

  private Future<Void> round = Future.succeededFuture();
  private Future<?> polled = Future.succeededFuture();
  private long pollTimer;
  private long reportTimer;

  @SuppressWarnings("NullAway.Init")
  private WorkerExecutor worker;

  @SuppressWarnings("NullAway.Init")
  private HostLookup names;

  @SuppressWarnings("NullAway.Init")
  private HttpAsk http;

  @SuppressWarnings("NullAway.Init")
  private Sender sender;

  private @Nullable RuntimeReadings runtime;

  /** Makes a reporter that isn't started. */
  public Reporter(ReportSettings settings, Counters counters) {
    this.settings = settings;
    this.counters = counters;
    String key = settings.key();
    this.signature = key == null ? null : new Signature(key);
    this.host = new HostReadings(Path.of("/proc"));
  }

  @Override
  public Future<?> start() {
    worker = vertx.createSharedWorkerExecutor("report", 1, 1, TimeUnit.MINUTES);
    names = HostLookup.ofSystem(vertx);
    http = new HttpAsk(vertx, names, REQUEST, MAX_ANSWER_BYTES, settings.rateLimit());
    sender = new Sender(vertx, http, settings, signature, counters);
    pollTimer = vertx.setPeriodic(settings.pollInterval().toMillis(), unused -> poll());
    reportTimer = vertx.setPeriodic(settings.reportInterval().toMillis(), unused -> report());
    LOG.info(
        "report: polls every {} s, reports to http://{} every {} s",
        settings.pollInterval().toSeconds(),
        settings.server(),
        settings.reportInterval().toSeconds());
    poll();
    return Future.succeededFuture();
  }

  private void poll() {
    if (!polled.isComplete()) {
      return;
    }
    polled =
        worker
            .executeBlocking(this::read, false)
            .onFailure(e -> LOG.warn("report: poll failed: {}", FileReason.of(e)))
            .map(
                readings -> {
                  readings.forEach(reading -> reading.to(waiting));
                  waiting.counter(POLLS, 1);
                  counters.add("report.polls");
                  return null;
                })
            .otherwiseEmpty();
  }

  /** A number on its way from the worker to the event loop. */
  private interface Reading {
    void to(Readings readings);
  }

  private List<Reading> read() throws IOException {
    List<Reading> all = new ArrayList<>();
    Readings readings =
        new Readings() {
          @Override
          public void gauge(String name, double value) {
            all.add(to -> to.gauge(name, value));
          }

          @Override
          public void counter(String name, long delta) {
            all.add(to -> to.counter(name, delta));
          }
        };
    RuntimeReadings process = runtime;
    if (process == null) {
      process = new RuntimeReadings();
      runtime = process;
    }
    process.read(readings);
    host.read(readings);
    readings.gauge("RandomValue", ThreadLocalRandom.current().nextDouble(MOST_RANDOM));
    return all;
  }

  /** Sends the waiting metrics, unless the previous report isn't finished. */
  private void report() {
    if (round.isComplete()) {
      round = sendAll();
    }
  }

  private Future<Void> sendAll() {
    if (unsent.isEmpty()) {
      waiting.take(settings.batchSize()).forEach(part -> unsent.add(Batch.of(part, signature)));
    }
    Deque<Batch> queue = new ArrayDeque<>(unsent);
    unsent.clear();
    List<Future<?>> lines = new ArrayList<>();
    for (int i = 0; i < settings.rateLimit() && !queue.isEmpty(); i++) {
      lines.add(sendNext(queue));
    }
    return Future.join(lines).mapEmpty();
  }

  /**
   * Sends one batch after the other until none is left; several such chains run at the same time.
   */
  private Future<?> sendNext(Deque<Batch> queue) {
    Batch batch = queue.poll();
    if (batch == null) {
      return Future.succeededFuture();
    }
    sending.add(batch);
    return sender
        .send(batch)
        .compose(
            outcome -> {
              sending.remove(batch);
              switch (outcome) {
                case UNSENT -> unsent.add(batch);
                // no accepted report contains these polls
                case REFUSED -> batch.counters().forEach(waiting::counter);
                case ACCEPTED -> LOG.debug("report: {} metrics accepted", batch.size());
              }
              return sendNext(queue);
            });
  }

  @Override
  public Future<?> stop() {
    vertx.cancelTimer(pollTimer);
    vertx.cancelTimer(reportTimer);
    sender.hurry();
    return polled
        .compose(unused -> round)
        .compose(unused -> sendAll())
        .compose(unused -> unsent.isEmpty() && waiting.size() > 0 ? sendAll() : round)
        .timeout(LAST_REQUEST.toMillis(), TimeUnit.MILLISECONDS)
        .otherwiseEmpty()
        .onComplete(unused -> sayLeft())
        .eventually(http::close)
        .eventually(names::close)
        .eventually(worker::close);
  }

  private void sayLeft() {
    int left =
        Stream.concat(unsent.stream(), sending.stream()).mapToInt(Batch::size).sum()
            + waiting.size();
    if (left > 0) {
      LOG.warn(
          "report: {} dropped at the stop, not taken by {}",
          Plural.of(left, "metric"),
          settings.server());
    }
    if (waiting.dropped() > 0) {
      LOG.warn("report: {} dropped, too many names waited", Plural.of(waiting.dropped(), "metric"));
    }
    LOG.info(
        "report: metrics accepted: {}, refused: {}",
        counters.get("report.metrics.accepted"),
        counters.get("report.metrics.refused"));
  }
}
