package io.loda.server.http;

import io.loda.common.http.BadCall;
import io.loda.common.http.Bodies;
import io.loda.common.http.Body;
import io.loda.common.http.Query;
import io.loda.common.telemetry.Counters;
import io.loda.server.metric.BadMetric;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Kind;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.loda.server.metric.MetricReader;
import io.loda.server.metric.Numbers;
import io.loda.server.store.MetricStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Handles the calls. On the server's event loop. */
final class MetricCalls {

  private static final String KEY_HEADER = "Idempotency-Key";
  private static final int LONGEST_KEY = 64;

  /** A larger body is parsed on a worker, as it would block the event loop for too long. */
  private static final int LARGE_BYTES = 64 * 1024;

  /** A parsed list takes at most this many times the bytes of its text. */
  private static final int READ_PART = 4;

  private final MetricStore store;
  private final Replies replies;
  private final ReadingRoom reading;
  private final WorkerExecutor worker;
  private final Context context;
  private final Counters counters;
  private final Clock clock;

  MetricCalls(
      MetricStore store,
      Replies replies,
      ReadingRoom reading,
      WorkerExecutor worker,
      Context context,
      Counters counters,
      Clock clock) {
    this.store = store;
    this.replies = replies;
    this.reading = reading;
    this.worker = worker;
    this.context = context;
    this.counters = counters;
    this.clock = clock;
  }

  void handle(Route route, List<String> path, RoutingContext call) {
    switch (route) {
      case PAGE -> page(call);
      case PING -> ping(call);
      case HEALTH -> health(call);
      case COUNTERS -> counters(call);
      case VALUE -> value(path, call);
      case VALUE_JSON -> valueJson(call);
      case UPDATE -> update(path, call);
      case UPDATE_JSON -> updateJson(call);
      case UPDATES -> updates(call);
    }
  }

  private void update(List<String> path, RoutingContext call) {
    if (path.size() != 4 || path.get(2).isEmpty()) {
      throw new BadCall(404, "path: expected /update/TYPE/NAME/VALUE, found " + path(call));
    }
    Kind kind = kind(path.get(1));
    Metric metric = new Metric(new MetricId(kind, path.get(2)), Numbers.bits(kind, path.get(3)));
    store(call, List.of(metric), stored -> replies.empty(call));
  }

  private static Kind kind(String text) {
    return Kind.named(text)
        .orElseThrow(() -> new BadMetric("type: expected gauge or counter, found \"" + text + '"'));
  }

  private void updateJson(RoutingContext call) {
    Body body = Bodies.of(call);
    Metric metric = MetricReader.metric(body.array(), body.length());
    store(
        call, List.of(metric), stored -> replies.json(call, 200, MetricText.metric(stored.get(0))));
  }

  private void updates(RoutingContext call) {
    Body body = Bodies.of(call);
    if (body.length() <= LARGE_BYTES) {
      updates(call, MetricReader.list(body.array(), body.length()));
      return;
    }
    String key = key(call);
    reading.enter(call, (long) READ_PART * body.length(), () -> large(call, body, key));
  }

  private void updates(RoutingContext call, List<Metric> metrics) {
    store(call, metrics, stored -> replies.json(call, 200, MetricText.list(stored)));
  }

  /** Parses, stores and answers a large list on workers, so that it delays no other request. */
  private void large(RoutingContext call, Body body, @Nullable String key) {
    // keep the body even if the caller disconnects meanwhile
    body.hold();
    Future<List<Metric>> stored =
        worker
            .executeBlocking(
                () -> store(MetricReader.list(body.array(), body.length()), key), false)
            .onComplete(unused -> body.release())
            .compose(Function.identity());
    answer(call, stored, metrics -> replies.largeJson(call, () -> MetricText.list(metrics)));
  }

  private void store(RoutingContext call, List<Metric> metrics, Consumer<List<Metric>> answer) {
    answer(call, store(metrics, key(call)), answer);
  }

  private Future<List<Metric>> store(List<Metric> metrics, @Nullable String key) {
    Batch batch = Batch.of(metrics, key);
    counters.add("metrics.received", metrics.size());
    return store.update(batch);
  }

  /**
   * Returns a header of the request; null if it has none.
   *
   * @throws BadCall when it has several: nobody knows which one another program reads
   */
  static @Nullable String header(RoutingContext call, String name) {
    List<String> values = call.request().headers().getAll(name);
    if (values.size() > 1) {
      throw new BadCall(name + ": expected the header once, found it " + values.size() + " times");
    }
    return values.isEmpty() ? null : values.get(0);
  }

  private static @Nullable String key(RoutingContext call) {
    String key = header(call, KEY_HEADER);
    if (key == null) {
      return null;
    }
    if (key.isBlank()
        || key.length() > LONGEST_KEY
        || !key.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new BadCall(
          KEY_HEADER + ": expected 1 to " + LONGEST_KEY + " visible ASCII characters");
    }
    return key;
  }

  private void value(List<String> path, RoutingContext call) {
    BadCall unknown = new BadCall(404, "no such metric: " + path(call));
    if (path.size() != 3) {
      throw unknown;
    }
    MetricId id;
    try {
      id = new MetricId(kind(path.get(1)), path.get(2));
    } catch (BadMetric e) {
      throw unknown;
    }
    answer(
        call,
        store.find(id),
        found -> replies.text(call, Replies.TEXT, found.orElseThrow(() -> unknown).number()));
  }

  private void valueJson(RoutingContext call) {
    Body body = Bodies.of(call);
    MetricId id = MetricReader.id(body.array(), body.length());
    answer(
        call,
        store.find(id),
        found ->
            replies.json(
                call,
                200,
                MetricText.metric(
                    found.orElseThrow(
                        () ->
                            new BadCall(
                                404,
                                "no such metric: "
                                    + id.kind().text()
                                    + " \""
                                    + id.name()
                                    + '"')))));
  }

  private void page(RoutingContext call) {
    call.response()
        .putHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        .putHeader("X-Content-Type-Options", "nosniff");
    answer(
        call,
        store.list(Page.after(new Query(call).optional("after")), Page.METRICS + 1),
        listed -> replies.html(call, Page.html(listed, clock.instant())));
  }

  private void ping(RoutingContext call) {
    onLoop(
        store.ping(),
        pinged -> replies.empty(call),
        e -> replies.json(call, 500, MetricText.error(500, "the store doesn't answer: " + why(e))));
  }

  private void health(RoutingContext call) {
    onLoop(
        store.ping(),
        pinged -> replies.json(call, 200, "{\"status\":\"ok\"}"),
        e -> replies.json(call, 503, MetricText.error(503, "the store doesn't answer: " + why(e))));
  }

  private static String why(Throwable e) {
    return String.valueOf(e.getMessage());
  }

  /** Answers with the counters in the format of Prometheus. */
  private void counters(RoutingContext call) {
    StringBuilder text = new StringBuilder();
    counters
        .snapshot()
        .forEach(
            (name, value) -> {
              String metric = "metrics_server_" + name.replace('.', '_') + "_total";
              text.append("# TYPE ").append(metric).append(" counter\n");
              text.append(metric).append(' ').append(value).append('\n');
            });
    replies.text(call, "text/plain; version=0.0.4; charset=utf-8", text.toString());
  }

  private <T> void answer(RoutingContext call, Future<T> result, Consumer<T> answer) {
    onLoop(result, value -> guarded(call, () -> answer.accept(value)), call::fail);
  }

  private static void guarded(RoutingContext call, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      call.fail(e);
    }
  }

  /** Continues on the event loop: a store may complete its futures on any thread. */
  private <T> void onLoop(Future<T> result, Consumer<T> good, Consumer<Throwable> bad) {
    result.onComplete(
        done ->
            context.runOnContext(
                unused -> {
                  if (done.succeeded()) {
                    good.accept(done.result());
                  } else {
                    bad.accept(done.cause());
                  }
                }));
  }

  private static String path(RoutingContext call) {
    return String.valueOf(call.request().path());
  }
}
