package io.loda.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.config.HostPort;
import io.loda.common.http.Answers;
import io.loda.common.http.BadCall;
import io.loda.common.http.Bodies;
import io.loda.common.http.Body;
import io.loda.common.http.Connections;
import io.loda.common.http.HttpMemory;
import io.loda.common.http.Signature;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.MemoryBudget;
import io.loda.server.metric.BadMetric;
import io.loda.server.store.MetricStore;
import io.loda.server.store.StoreUnavailable;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP API of the server: listens, bounds requests, checks signatures, and answers errors. */
public final class MetricsApi extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(MetricsApi.class);

  private static final int MAX_BODY_BYTES = 8 * 1024 * 1024;

  /** The most connections at the same time. */
  public static final int MAX_CONNECTIONS = 2_000;

  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final int RETRY_AFTER_SECONDS = 2;
  private static final String ROUTE = "route";
  private static final String PATH = "path";
  private static final String WIRE_FITS = "wire-fits";

  private final ApiSettings settings;
  private final MetricStore store;
  private final Counters counters;
  private final HttpMemory memory;
  private final ReadingRoom reading;
  private final @Nullable Signature signature;
  private final Connections connections = new Connections(MAX_CONNECTIONS, IDLE, System::nanoTime);

  @SuppressWarnings("NullAway.Init")
  private WorkerExecutor worker;

  @SuppressWarnings("NullAway.Init")
  private HttpServer server;

  @SuppressWarnings("NullAway.Init")
  private Replies replies;

  private volatile int port = -1;

  /**
   * Makes an API that doesn't listen yet.
   *
   * @param reading the memory for parsing large lists
   */
  public MetricsApi(
      ApiSettings settings,
      MetricStore store,
      Counters counters,
      HttpMemory memory,
      MemoryBudget.Share reading) {
    this.settings = settings;
    this.store = store;
    this.counters = counters;
    this.memory = memory;
    this.reading = new ReadingRoom(reading);
    String key = settings.key();
    this.signature = key == null ? null : new Signature(key);
  }

  /** Returns the address it listens on, with the real port if the settings say 0. Any thread. */
  public HostPort address() {
    return new HostPort(settings.listen().host(), port);
  }

  @Override
  public Future<?> start() {
    worker = vertx.createSharedWorkerExecutor("http", 2, 1, TimeUnit.MINUTES);
    replies = new Replies(signature, worker, memory.answers());
    connections.start(vertx);
    server =
        vertx.createHttpServer(
            new HttpServerOptions()
                .setTcpKeepAlive(true)
                // unneeded, and the body of an upgrade would bypass our limits
                .setHttp2ClearTextEnabled(false));
    HostPort listen = settings.listen();
    return server
        .connectionHandler(connections::opened)
        .requestHandler(router())
        .invalidRequestHandler(this::invalid)
        .listen(listen.port(), listen.host())
        .map(listening -> port = listening.actualPort())
        .recover(
            e ->
                worker
                    .close()
                    .transform(
                        unused ->
                            Future.failedFuture(
                                new IOException(
                                    "address: can't listen on "
                                        + listen
                                        + ": "
                                        + e.getMessage()
                                        + "; stop the program that uses it, or give another address",
                                    e))));
  }

  @Override
  public Future<?> stop() {
    return server.close().eventually(worker::close);
  }

  private Router router() {
    Answers answers = new Answers(vertx, memory.answers(), IDLE.dividedBy(2));
    Bodies bodies =
        new Bodies(
                memory.bodies(),
                MAX_BODY_BYTES,
                worker,
                // after a sixth of this a body counts as slow, and is cut if others need its memory
                settings.requestTimeout().multipliedBy(2),
                System::nanoTime)
            .seenPacked(this::lookAtWire);
    bodies.start(vertx);
    MetricCalls calls =
        new MetricCalls(store, replies, reading, worker, context, counters, Clock.systemUTC());
    Router router = Router.router(vertx);
    router
        .route()
        .handler(
            call -> {
              answers.attach(call);
              logAtEnd(call);
              failLate(call);
              connections.called(call);
            });
    router.route().handler(answers::begin);
    router.route().handler(call -> read(call, bodies));
    router.route().handler(this::checkSignature);
    router
        .route()
        .handler(call -> calls.handle(call.get(ROUTE), call.<List<String>>get(PATH), call));
    router.route().failureHandler(this::failed);
    // Vert.x routes no path that it can't decode
    router.errorHandler(400, call -> error(call, 400, "path: expected it percent-encoded"));
    return router;
  }

  private void read(RoutingContext call, Bodies bodies) {
    List<String> path = CallPath.segments(String.valueOf(call.request().path()));
    Route route = Route.of(path, call.request().method());
    call.put(ROUTE, route).put(PATH, path);
    if (route.isRead()) {
      call.next();
    } else {
      bodies.read(call);
    }
  }

  /** Checks the signature of the bytes on the wire, before they are decompressed. */
  private void lookAtWire(RoutingContext call) {
    String found = call.request().getHeader(Signature.HEADER);
    if (signature != null && found != null) {
      Body body = Bodies.of(call);
      call.put(WIRE_FITS, signature.fits(found, body.array(), body.length()));
    }
  }

  private void checkSignature(RoutingContext call) {
    Route route = Objects.requireNonNull(call.<Route>get(ROUTE));
    if (signature != null && !route.isRead()) {
      String found = MetricCalls.header(call, Signature.HEADER);
      if (settings.requireSignature() && route == Route.UPDATE) {
        throw refused("a POST without a body can't be signed; post JSON to /update/");
      }
      if (found == null && settings.requireSignature()) {
        throw refused("expected a signature of the body, found none");
      }
      if (found != null && !fits(signature, found, call)) {
        throw refused("the signature isn't that of the body with this server's key");
      }
    }
    call.next();
  }

  private static boolean fits(Signature signature, String found, RoutingContext call) {
    Body body = Bodies.of(call);
    return Boolean.TRUE.equals(call.<Boolean>get(WIRE_FITS))
        || signature.fits(found, body.array(), body.length());
  }

  private BadCall refused(String why) {
    counters.add("signatures.refused");
    return new BadCall(Signature.HEADER + ": " + why);
  }

  private void failLate(RoutingContext call) {
    long timer =
        vertx.setTimer(
            settings.requestTimeout().toMillis(),
            unused ->
                call.fail(
                    BadCall.later(
                        "the request took longer than "
                            + settings.requestTimeout().toSeconds()
                            + " s; send it again with the same Idempotency-Key",
                        RETRY_AFTER_SECONDS)));
    call.addEndHandler(unused -> vertx.cancelTimer(timer));
  }

  private void logAtEnd(RoutingContext call) {
    long start = System.nanoTime();
    call.addEndHandler(
        end -> {
          boolean answered = end.succeeded() && call.response().headWritten();
          String status =
              answered ? Integer.toString(call.response().getStatusCode()) : "unanswered";
          counters.add("requests." + status);
          LOG.info(
              "{} {} {} {} bytes {} ms {}",
              call.request().method(),
              call.request().path(),
              status,
              answered ? call.response().bytesWritten() : 0,
              (System.nanoTime() - start) / 1_000_000,
              call.request().connection().remoteAddress(true));
        });
  }

  private void failed(RoutingContext call) {
    Throwable cause = call.failure();
    if (call.response().ended() || call.response().headWritten()) {
      return;
    }
    if (!call.request().isEnded() || call.request().headers().contains("Transfer-Encoding")) {
      connections.closeAfter(call);
    }
    if (cause instanceof BadMetric) {
      error(call, 400, String.valueOf(cause.getMessage()));
    } else if (cause instanceof StoreUnavailable) {
      later(call, RETRY_AFTER_SECONDS);
      error(call, 503, String.valueOf(cause.getMessage()));
    } else if (cause instanceof BadCall bad) {
      bad(call, bad);
    } else if (call.statusCode() > 0 && call.statusCode() < 500) {
      String why = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
      error(call, call.statusCode(), "bad request" + why);
    } else {
      LOG.error("HTTP {} {} failed", call.request().method(), call.request().path(), cause);
      error(call, 500, "the server failed; its log has more");
    }
  }

  private void bad(RoutingContext call, BadCall bad) {
    if (bad.status() == 405) {
      Route route = Route.anyMethod(CallPath.segments(String.valueOf(call.request().path())));
      call.response().putHeader("Allow", route.allowed());
    }
    if (bad.status() == 408) {
      // the network may be slow only for a while
      later(call, RETRY_AFTER_SECONDS);
      error(call, 503, String.valueOf(bad.getMessage()));
      return;
    }
    if (bad.retryAfterSeconds() > 0) {
      later(call, bad.retryAfterSeconds());
    }
    error(call, bad.status(), message(bad));
  }

  /** Returns the message of an error, with the limits of this server where it is about a body. */
  private static String message(BadCall bad) {
    if (bad.status() == 413) {
      return "body: expected at most " + MAX_BODY_BYTES + " bytes, also unpacked, found more";
    }
    String message = String.valueOf(bad.getMessage());
    return message.equals(Body.full().getMessage())
        ? "other requests use all the memory for bodies; nothing of this one was stored, send it"
            + " again later"
        : message;
  }

  /** Answers what isn't a valid HTTP request; it reaches no route. */
  private void invalid(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    int status =
        cause instanceof TooLongHttpLineException
            ? 414
            : cause instanceof TooLongHttpHeaderException ? 431 : 400;
    counters.add("requests." + status);
    LOG.info(
        "a request that can't be read: {} {}", status, request.connection().remoteAddress(true));
    byte[] json =
        MetricText.error(status, "expected a request of HTTP/1.1, found one that can't be read")
            .getBytes(UTF_8);
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .putHeader("Connection", "close");
    if (signature != null) {
      request.response().putHeader(Signature.HEADER, signature.of(json, json.length));
    }
    request.response().end(Buffer.buffer(json)).onComplete(unused -> request.connection().close());
  }

  private static void later(RoutingContext call, int seconds) {
    call.response().putHeader("Retry-After", Integer.toString(seconds));
  }

  private void error(RoutingContext call, int status, String message) {
    replies.json(call, status, MetricText.error(status, message));
  }
}
