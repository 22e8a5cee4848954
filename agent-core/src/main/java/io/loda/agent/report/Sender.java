package io.loda.agent.report;

import io.loda.common.http.Signature;
import io.loda.common.net.HttpAsk;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Posts batches, and retries failures that may pass. On the caller's event loop. */
final class Sender {

  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);

  private static final List<Long> PAUSES_SECONDS = List.of(1L, 3L, 5L);
  private static final Set<Integer> LATER = Set.of(429, 502, 503, 504);
  private static final int LONGEST_MESSAGE = 300;

  private final Vertx vertx;
  private final HttpAsk http;
  private final ReportSettings settings;
  private final @Nullable Signature signature;
  private final Counters counters;
  private String lastSaid = "";
  private boolean away;
  private final Promise<Void> hurried = Promise.promise();

  /** The outcome of sending a batch. */
  enum Outcome {
    /** The server stored it. */
    ACCEPTED,
    /** The server refused it for good. */
    REFUSED,
    /** It failed, or its outcome is unknown: send it again unchanged. */
    UNSENT
  }

  Sender(
      Vertx vertx,
      HttpAsk http,
      ReportSettings settings,
      @Nullable Signature signature,
      Counters counters) {
    this.vertx = vertx;
    this.http = http;
    this.settings = settings;
    this.signature = signature;
    this.counters = counters;
  }

  /** Ends the pauses before retries; from now on there are no more. */
  void hurry() {
    hurried.tryComplete();
  }

  /** Sends a batch, up to four times. Never fails. */
  Future<Outcome> send(Batch batch) {
    return attempt(batch, 0);
  }

  private Future<Outcome> attempt(Batch batch, int tries) {
    return http.ask(request(batch), batch.bytes())
        .transform(
            answer -> {
              if (answer.failed()) {
                return later(batch, tries, String.valueOf(answer.cause().getMessage()));
              }
              if (LATER.contains(answer.result().status())) {
                return later(batch, tries, said(answer.result()));
              }
              return Future.succeededFuture(ended(batch, answer.result()));
            });
  }

  private RequestOptions request(Batch batch) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setHost(settings.server().host())
            .setPort(settings.server().port())
            .setURI("/updates/")
            .putHeader("Content-Type", "application/json")
            .putHeader("Content-Encoding", "gzip")
            .putHeader("Idempotency-Key", batch.key());
    return batch.signature() == null
        ? options
        : options.putHeader(Signature.HEADER, batch.signature());
  }

  private Future<Outcome> later(Batch batch, int tries, String why) {
    counters.add("report.tries.failed");
    if (hurried.future().isComplete() || tries >= PAUSES_SECONDS.size()) {
      say(why, "retrying at the next report");
      return Future.succeededFuture(Outcome.UNSENT);
    }
    long pause = PAUSES_SECONDS.get(tries);
    say(why, "retrying in " + pause + " s");
    return Future.any(vertx.timer(pause, TimeUnit.SECONDS), hurried.future())
        .compose(unused -> attempt(batch, tries + 1));
  }

  /** Logs a failure: as a warning once in each outage, else at debug. */
  private void say(String why, String next) {
    if (away) {
      LOG.debug("report: send to {} failed, {}: {}", settings.server(), next, why);
    } else {
      LOG.warn("report: send to {} failed, {}: {}", settings.server(), next, why);
    }
    away = true;
  }

  private Outcome ended(Batch batch, HttpAsk.Answer answer) {
    if (answer.status() != 200) {
      counters.add("report.metrics.refused", batch.size());
      sayOnce("refused a batch of metrics, which is dropped: " + said(answer));
      return Outcome.REFUSED;
    }
    if (away) {
      away = false;
      LOG.info("report: {} takes metrics again", settings.server());
    }
    counters.add("report.metrics.accepted", batch.size());
    String found = answer.header(Signature.HEADER);
    if (signature != null
        && (found == null || !signature.fits(found, answer.body(), answer.body().length))) {
      counters.add("report.answers.unsigned");
      sayOnce(
          "took metrics, but its answer has "
              + (found == null ? "no signature" : "another signature")
              + "; give both the same key");
    }
    return Outcome.ACCEPTED;
  }

  private static String said(HttpAsk.Answer answer) {
    String text = answer.text().strip();
    return answer.status()
        + " "
        + (text.length() > LONGEST_MESSAGE ? text.substring(0, LONGEST_MESSAGE) + "…" : text);
  }

  private void sayOnce(String what) {
    if (!what.equals(lastSaid)) {
      lastSaid = what;
      LOG.warn("report: {} {}", settings.server(), what);
    }
  }
}
