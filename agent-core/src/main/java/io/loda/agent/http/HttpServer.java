package io.loda.agent.http;

import io.loda.agent.assignment.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.HostPort;
import io.loda.agent.delivery.OutputStatus;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.schedule.AssignmentPoller;
import io.loda.agent.schedule.Scheduler;
import io.loda.agent.telemetry.Counters;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP API (wire contract, section 4). */
public final class HttpServer extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final Duration IDLE = Duration.ofSeconds(60);

  private final AgentConfig config;
  private final Scheduler scheduler;
  private final AssignmentPoller poller;
  private final Pipeline pipeline;
  private final Supplier<String> hostname;
  private final Supplier<List<OutputStatus>> outputs;
  private final Counters counters;
  private final IdleConnections idle;

  @SuppressWarnings("NullAway.Init")
  private WorkerExecutor worker;

  @SuppressWarnings("NullAway.Init")
  private io.vertx.core.http.HttpServer server;

  private volatile int port = -1;

  public HttpServer(
      AgentConfig config,
      Scheduler scheduler,
      AssignmentPoller poller,
      Pipeline pipeline,
      Supplier<String> hostname,
      Supplier<List<OutputStatus>> outputs,
      Counters counters) {
    this(config, scheduler, poller, pipeline, hostname, outputs, counters, IDLE);
  }

  /**
   * A server as a test wants it.
   *
   * @param idle how long a connection without a call stays open
   */
  HttpServer(
      AgentConfig config,
      Scheduler scheduler,
      AssignmentPoller poller,
      Pipeline pipeline,
      Supplier<String> hostname,
      Supplier<List<OutputStatus>> outputs,
      Counters counters,
      Duration idle) {
    this.config = config;
    this.scheduler = scheduler;
    this.poller = poller;
    this.pipeline = pipeline;
    this.hostname = hostname;
    this.outputs = outputs;
    this.counters = counters;
    this.idle = new IdleConnections(idle, System::nanoTime);
  }

  /** Where it listens: the real port where the configuration says 0. From any thread. */
  public HostPort address() {
    return new HostPort(config.http().listen().host(), port);
  }

  @Override
  public Future<?> start() {
    worker = vertx.createSharedWorkerExecutor("http", 2, 1, TimeUnit.MINUTES);
    HostPort listen = config.http().listen();
    idle.start(vertx);
    server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHost(listen.host())
                    .setPort(listen.port())
                    // a client's host that went away without a word
                    .setTcpKeepAlive(true)
                    // nobody needs it, and an upgrade's body would be read by other rules
                    .setHttp2ClearTextEnabled(false)
                    .setDecompressionSupported(true))
            .connectionHandler(idle::opened)
            .requestHandler(router());
    return server
        .listen()
        .onSuccess(listening -> port = listening.actualPort())
        .recover(
            e ->
                worker
                    .close()
                    .transform(
                        unused ->
                            Future.failedFuture(
                                new IOException(
                                    "http.listen: can't listen on "
                                        + listen
                                        + ": "
                                        + e.getMessage()
                                        + "; stop what holds it, or configure another address",
                                    e))));
  }

  @Override
  public Future<?> stop() {
    // first the server, so that no call finds the worker gone
    return server.close().eventually(worker::close);
  }

  private Router router() {
    Router router = Router.router(vertx);
    router.route().handler(idle::called);
    Calls calls = new Calls(router, config.http().legacyGet());
    Duration allowed = HostPolicy.maxTimeout(config.policies());
    Duration runTimeout = config.plugins().runTimeout();
    new PluginRoutes(scheduler, runTimeout.compareTo(allowed) < 0 ? runTimeout : allowed)
        .addTo(calls);
    new PostRoutes(scheduler, pipeline, worker).addTo(calls, config.http().maxBodyBytes());
    new MeRoutes(scheduler, poller, hostname, outputs, counters).addTo(calls);
    new LogRoutes(config.http().logRoots(), config.host().dataDir(), worker).addTo(calls);
    calls.refuseOthers();
    router.route().failureHandler(HttpServer::failed);
    // a path that can't be read comes to no route, and would be an error in the log
    router.errorHandler(
        400,
        call ->
            Reply.bad(
                call, 400, "path: expected it percent-encoded, found " + call.request().path()));
    return router;
  }

  private static void failed(RoutingContext call) {
    Throwable cause = call.failure();
    if (cause instanceof BadCall bad) {
      if (bad.retryAfterSeconds() > 0 && !call.response().headWritten()) {
        call.response().putHeader("Retry-After", Integer.toString(bad.retryAfterSeconds()));
      }
      Reply.bad(call, bad.status(), String.valueOf(bad.getMessage()));
    } else if (call.statusCode() == 413) {
      Reply.bad(call, 413, "body: expected at most http.max-body bytes, found more");
    } else if (call.statusCode() > 0 && call.statusCode() < 500) {
      String why = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
      Reply.bad(call, call.statusCode(), "bad request: " + call.request().uri() + why);
    } else {
      LOG.error("HTTP {} {} failed", call.request().method(), call.request().path(), cause);
      Reply.bad(call, 500, "the agent failed: " + cause + "; its log has more");
    }
  }
}
