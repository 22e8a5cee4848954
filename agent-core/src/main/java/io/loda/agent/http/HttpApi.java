package io.loda.agent.http;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.output.OutputStatus;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.poll.AssignmentPoller;
import io.loda.agent.schedule.Scheduler;
import io.loda.common.config.HostPort;
import io.loda.common.files.FileReason;
import io.loda.common.files.allowed.LogFiles;
import io.loda.common.http.Answers;
import io.loda.common.http.BadCall;
import io.loda.common.http.Bodies;
import io.loda.common.http.Calls;
import io.loda.common.http.Connections;
import io.loda.common.http.HttpMemory;
import io.loda.common.http.Reply;
import io.loda.common.http.SocketAccess;
import io.loda.common.http.UnixSocketFile;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the HTTP API (wire contract, section 4). */
public final class HttpApi extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(HttpApi.class);

  /** How long a connection without a call stays open. */
  public static final Duration IDLE = Duration.ofSeconds(60);

  private final AgentConfig config;
  private final Scheduler scheduler;
  private final AssignmentPoller poller;
  private final Pipeline pipeline;
  private final Supplier<String> hostname;
  private final Supplier<List<OutputStatus>> outputs;
  private final Counters counters;
  private final HttpMemory memory;
  private final LogFiles logs;
  private final Connections connections;
  private final Duration patience;
  private final List<HttpServer> servers = new ArrayList<>();

  @SuppressWarnings("NullAway.Init")
  private WorkerExecutor worker;

  private final @Nullable UnixSocketFile unixSocket;
  private final @Nullable UnixSocketFile postSocket;

  /** The sockets that this agent made; only these are removed at the stop. */
  private final List<UnixSocketFile> listened = new CopyOnWriteArrayList<>();

  private volatile int port = -1;

  /**
   * Makes a server that doesn't listen yet.
   *
   * @param idle how long a connection without a call stays open
   */
  public HttpApi(
      AgentConfig config,
      Scheduler scheduler,
      AssignmentPoller poller,
      Pipeline pipeline,
      Supplier<String> hostname,
      Supplier<List<OutputStatus>> outputs,
      Counters counters,
      HttpMemory memory,
      LogFiles logs,
      Duration idle) {
    this.config = config;
    this.scheduler = scheduler;
    this.poller = poller;
    this.pipeline = pipeline;
    this.hostname = hostname;
    this.outputs = outputs;
    this.counters = counters;
    this.memory = memory;
    this.logs = logs;
    this.patience = idle;
    this.connections = new Connections(config.http().maxConnections(), idle, System::nanoTime);
    AgentConfig.Http http = config.http();
    this.unixSocket = socket("http.unix-socket", http.unixSocket(), http.unixSocketAccess());
    this.postSocket = socket("http.post-socket", http.postSocket(), http.postSocketAccess());
  }

  private static @Nullable UnixSocketFile socket(
      String key, @Nullable Path path, SocketAccess access) {
    return path == null ? null : new UnixSocketFile(key, path, access);
  }

  /** Returns the address that it listens on, with the real port for port 0. Any thread. */
  public HostPort address() {
    return new HostPort(config.http().listen().host(), port);
  }

  @Override
  public Future<?> start() {
    worker = vertx.createSharedWorkerExecutor("http", 2, 1, TimeUnit.MINUTES);
    HostPort listen = config.http().listen();
    connections.start(vertx);
    Parts parts = parts();
    Router router = router(parts, true);
    return server(router)
        .listen(listen.port(), listen.host())
        .map(listening -> port = listening.actualPort())
        .recover(
            e ->
                Future.failedFuture(
                    new IOException(
                        "http.listen: can't listen on "
                            + listen
                            + ": "
                            + e.getMessage()
                            + "; stop the program that uses it, or configure another address",
                        e)))
        .compose(unused -> listenAtUnixSocket(unixSocket, router))
        .compose(unused -> listenAtUnixSocket(postSocket, router(parts, false)))
        .recover(e -> worker.close().transform(unused -> Future.failedFuture(e)));
  }

  private HttpServer server(Router router) {
    HttpServer server =
        vertx.createHttpServer(
            new HttpServerOptions()
                // finds clients whose host is gone without closing the connection
                .setTcpKeepAlive(true)
                // nobody needs HTTP/2, and Vert.x would read an upgrade's body by its own rules
                .setHttp2ClearTextEnabled(false));
    servers.add(server);
    return server.connectionHandler(connections::opened).requestHandler(router);
  }

  private Future<Void> listenAtUnixSocket(@Nullable UnixSocketFile file, Router router) {
    if (file == null) {
      return Future.succeededFuture();
    }
    HttpServer local = server(router);
    return worker
        .executeBlocking(() -> prepared(file), false)
        .compose(path -> local.listen(SocketAddress.domainSocketAddress(path)))
        .compose(
            unused ->
                worker.executeBlocking(
                    () -> {
                      listened.add(file);
                      file.open();
                      return null;
                    },
                    false));
  }

  private static String prepared(UnixSocketFile file) throws IOException {
    file.prepare();
    return file.path().toString();
  }

  @Override
  public Future<?> stop() {
    // close the servers first: a call needs the worker
    return Future.join(servers.stream().map(HttpServer::close).toList())
        .eventually(
            () ->
                worker.executeBlocking(
                    () -> {
                      for (UnixSocketFile file : listened) {
                        file.remove();
                      }
                      return null;
                    },
                    false))
        .eventually(worker::close);
  }

  private record Parts(Answers answers, Bodies bodies, PostRoutes posts, PostsRefused refused) {}

  private Parts parts() {
    Answers answers = new Answers(vertx, memory.answers(), patience.dividedBy(2));
    Bodies bodies =
        new Bodies(
            memory.bodies(), config.http().maxBodyBytes(), worker, patience, System::nanoTime);
    bodies.start(vertx);
    PostsRefused refused = new PostsRefused(counters, System::nanoTime);
    refused.start(vertx);
    return new Parts(
        answers, bodies, new PostRoutes(scheduler, pipeline, worker, memory.bodies()), refused);
  }

  /**
   * Makes a router.
   *
   * @param all whether it has all calls, or only those that post points
   */
  private Router router(Parts parts, boolean all) {
    Answers answers = parts.answers;
    Router router = Router.router(vertx);
    router
        .route()
        .handler(
            call -> {
              answers.attach(call);
              connections.called(call);
            });
    router.route().handler(answers::begin);
    Calls calls = new Calls(router, config.http().legacyGet());
    if (all) {
      new PluginRoutes(scheduler, config.plugins().runTimeout()).addTo(calls);
    }
    parts.posts.addTo(calls, parts.bodies);
    if (all) {
      SelfStatus self =
          new SelfStatus(
              config.host().dataDir(),
              hostname,
              outputs,
              poller::status,
              parts.refused,
              counters,
              memory.budget());
      new MeRoutes(scheduler, poller, self).addTo(calls);
      new LogRoutes(logs, config.host().dataDir(), config.plugins().dir(), worker).addTo(calls);
    }
    calls.refuseOthers();
    router.route().failureHandler(call -> failed(call, parts.refused));
    // no route gets a path that can't be decoded; without this the log would have an error
    router.errorHandler(
        400,
        call ->
            Reply.bad(
                call, 400, "path: expected it percent-encoded, found " + call.request().path()));
    return router;
  }

  private void failed(RoutingContext call, PostsRefused refused) {
    Throwable cause = call.failure();
    if (!call.request().isEnded() || isBadFraming(call)) {
      connections.closeAfter(call);
    }
    if (cause instanceof BadCall bad) {
      if (bad.retryAfterSeconds() > 0 && !call.response().headWritten()) {
        call.response().putHeader("Retry-After", Integer.toString(bad.retryAfterSeconds()));
      }
      if (bad.status() == 503 && PostRoutes.bringsPoints(call)) {
        refused.refused(String.valueOf(bad.getMessage()));
      }
      Reply.bad(call, bad.status(), String.valueOf(bad.getMessage()));
    } else if (call.statusCode() > 0 && call.statusCode() < 500) {
      String why = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
      Reply.bad(call, call.statusCode(), "bad request: " + call.request().uri() + why);
    } else {
      LOG.error("HTTP: {} {} failed", call.request().method(), call.request().path(), cause);
      Reply.bad(call, 500, "the agent failed: " + FileReason.of(cause) + "; its log has more");
    }
  }

  /** Returns whether the next bytes of the connection may not be a request. */
  private static boolean isBadFraming(RoutingContext call) {
    return call.request().headers().contains("Transfer-Encoding");
  }
}
