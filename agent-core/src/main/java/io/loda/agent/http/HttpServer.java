package io.loda.agent.http;

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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP API (wire contract, section 4). */
public final class HttpServer extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final int IDLE_SECONDS = 60;

  private final AgentConfig config;
  private final Scheduler scheduler;
  private final AssignmentPoller poller;
  private final Pipeline pipeline;
  private final Supplier<String> hostname;
  private final Supplier<List<OutputStatus>> outputs;
  private final Counters counters;

  @SuppressWarnings("NullAway.Init")
  private WorkerExecutor worker;

  private volatile int port = -1;

  public HttpServer(
      AgentConfig config,
      Scheduler scheduler,
      AssignmentPoller poller,
      Pipeline pipeline,
      Supplier<String> hostname,
      Supplier<List<OutputStatus>> outputs,
      Counters counters) {
    this.config = config;
    this.scheduler = scheduler;
    this.poller = poller;
    this.pipeline = pipeline;
    this.hostname = hostname;
    this.outputs = outputs;
    this.counters = counters;
  }

  /** Where it listens: the real port where the configuration says 0. From any thread. */
  public HostPort address() {
    return new HostPort(config.http().listen().host(), port);
  }

  @Override
  public Future<?> start() {
    worker = vertx.createSharedWorkerExecutor("http", 2, 1, TimeUnit.MINUTES);
    HostPort listen = config.http().listen();
    return vertx
        .createHttpServer(
            new HttpServerOptions()
                .setHost(listen.host())
                .setPort(listen.port())
                .setIdleTimeout(IDLE_SECONDS)
                .setDecompressionSupported(true)
                .setCompressionSupported(true))
        .requestHandler(router())
        .listen()
        .onSuccess(server -> port = server.actualPort())
        .recover(
            e ->
                Future.failedFuture(
                    new IOException(
                        "http.listen: can't listen on "
                            + listen
                            + ": "
                            + e.getMessage()
                            + "; stop what holds it, or configure another address",
                        e)));
  }

  @Override
  public Future<?> stop() {
    // the server itself is closed with the verticle
    return worker.close();
  }

  private Router router() {
    Router router = Router.router(vertx);
    new PluginRoutes(scheduler, config).addTo(router);
    new PostRoutes(scheduler, pipeline, worker, config.http().maxBodyBytes()).addTo(router);
    new MeRoutes(scheduler, poller, hostname, outputs, counters).addTo(router);
    new LogRoutes(config.http().logRoots(), worker).addTo(router);
    router.route().failureHandler(HttpServer::failed);
    router.errorHandler(
        404,
        call ->
            Reply.bad(
                call,
                404,
                "no such call: "
                    + call.request().path()
                    + "; there are /plugins/list, /plugins/run, /plugins/update, /plugins/enable,"
                    + " /plugins/disable, /post, /update, /me/ns, /me/status, /me/traffic,"
                    + " /log/offset"));
    router.errorHandler(
        405,
        call ->
            Reply.bad(
                call,
                405,
                "method: expected another than " + call.request().method() + " for this call"));
    return router;
  }

  private static void failed(RoutingContext call) {
    Throwable cause = call.failure();
    if (cause instanceof BadCall bad) {
      Reply.bad(call, bad.status(), String.valueOf(bad.getMessage()));
    } else if (call.statusCode() == 413) {
      Reply.bad(call, 413, "body: expected at most http.max-body bytes, found more");
    } else if (call.statusCode() > 0 && call.statusCode() < 500) {
      Reply.bad(call, call.statusCode(), "bad request: " + call.request().path());
    } else {
      LOG.error("HTTP {} {} failed", call.request().method(), call.request().path(), cause);
      Reply.bad(call, 500, "the agent failed: " + cause + "; its log has more");
    }
  }
}
