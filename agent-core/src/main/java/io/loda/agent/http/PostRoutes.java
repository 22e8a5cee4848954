package io.loda.agent.http;

import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.schedule.Scheduler;
import io.loda.common.http.BadCall;
import io.loda.common.http.Bodies;
import io.loda.common.http.Body;
import io.loda.common.http.Calls;
import io.loda.common.http.Query;
import io.loda.common.http.Reply;
import io.loda.common.metric.MetricName;
import io.loda.common.metric.TimePrecision;
import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Set;

/**
 * {@code POST /post}, and InfluxDB's {@code POST /write}: take points of programs on this host. A
 * post's good points are accepted and the bad ones refused; with {@code strict=true}, and for each
 * write, it is all or none.
 */
final class PostRoutes {

  /** Reading a larger body takes too long for the event loop, so a worker does it. */
  private static final int LARGE_BYTES = 256 * 1024;

  /** The longest back-off of an output. */
  private static final int RETRY_AFTER_SECONDS = 2;

  private static final String PREFIX = "RUN.";

  private static final String POST = "/post";
  private static final String WRITE = "/write";

  private final Scheduler scheduler;
  private final Pipeline pipeline;
  private final WorkerExecutor worker;
  private final MemoryBudget.Share share;

  /** For the event loop only, and used again for each body. */
  private final PostedPoints points;

  /**
   * Makes the routes of the calls that post points.
   *
   * @param share the memory for bodies and their points
   */
  PostRoutes(
      Scheduler scheduler, Pipeline pipeline, WorkerExecutor worker, MemoryBudget.Share share) {
    this.scheduler = scheduler;
    this.pipeline = pipeline;
    this.worker = worker;
    this.share = share;
    this.points = new PostedPoints(pipeline, share);
  }

  static boolean bringsPoints(RoutingContext call) {
    return call.request().path().matches(POST + "/?|" + WRITE + "/?");
  }

  void addTo(Calls calls, Bodies bodies) {
    calls.taking(POST, this::checkRoom, bodies, this::post);
    calls.taking(WRITE, this::checkRoom, bodies, this::write);
    calls.reading("/ping", InfluxReply::pong);
    calls.taking("/query", unused -> {}, bodies, InfluxReply::queryWithBody);
    calls.alsoByGet("/query", InfluxReply::query);
  }

  /** Refuses a body that doesn't fit before any of it is read. */
  private void checkRoom(RoutingContext call) {
    long bytes = Bodies.announced(call.request());
    if (!pipeline.canEverHold(bytes)) {
      throw neverFits();
    }
    if (!pipeline.hasRoom(bytes)) {
      throw full();
    }
  }

  static BadCall neverFits() {
    return new BadCall(
        413,
        "body: expected no more than an output's queue can hold (delivery.memory, delivery.disk);"
            + " post it in parts");
  }

  static BadCall full() {
    return BadCall.later(
        "an output's queue is full (/me/status says which); nothing of this"
            + " post was accepted, retry later",
        RETRY_AFTER_SECONDS);
  }

  private void post(RoutingContext call) {
    Body body = Bodies.of(call);
    Query query = new Query(call);
    PostedPoints.Reading reading =
        new PostedPoints.Reading(
            format(call, body),
            TimePrecision.BY_SIZE,
            PREFIX,
            PostRoutes::checkName,
            query.flag("strict"));
    String given = query.optional("ns");
    Future<String> namespace =
        given == null
            ? scheduler.assigned().map(PostRoutes::onlyNamespace)
            : Future.succeededFuture(given);
    namespace
        .compose(ns -> accept(call, ns, "ns", body, reading))
        .onSuccess(refusals -> posted(call, refusals))
        .onFailure(call::fail);
  }

  private void write(RoutingContext call) {
    Query query = new Query(call);
    String precision = query.optional("precision");
    PostedPoints.Reading reading;
    try {
      reading =
          new PostedPoints.Reading(
              PostedPoints.Format.LINE_PROTOCOL,
              TimePrecision.named(precision == null ? "ns" : precision),
              "",
              name -> {},
              true);
    } catch (IllegalArgumentException e) {
      throw new BadCall("precision: " + e.getMessage());
    }
    accept(call, query.required("db", "a namespace"), "db", Bodies.of(call), reading)
        .onSuccess(unused -> InfluxReply.written(call))
        .onFailure(call::fail);
  }

  private Future<PostProblems> accept(
      RoutingContext call,
      String namespace,
      String parameter,
      Body body,
      PostedPoints.Reading reading) {
    String problem = pipeline.problemWith(namespace);
    if (!problem.isEmpty()) {
      throw new BadCall(parameter + ": " + problem);
    }
    Future<PostProblems> accepted =
        body.length() > LARGE_BYTES
            ? acceptElsewhere(namespace, body, reading)
            : Future.succeededFuture(accept(points, namespace, body, reading));
    return accepted.compose(refusals -> stored(call).map(refusals));
  }

  private Future<PostProblems> acceptElsewhere(
      String namespace, Body body, PostedPoints.Reading reading) {
    // the body must stay until it is read, even if the caller disconnects
    body.hold();
    return worker
        .executeBlocking(
            () -> accept(new PostedPoints(pipeline, share), namespace, body, reading), false)
        .onComplete(unused -> body.release());
  }

  private PostProblems accept(
      PostedPoints target, String namespace, Body body, PostedPoints.Reading reading) {
    try {
      PostProblems refusals = target.read(body, reading);
      target.deliver(namespace);
      return refusals;
    } finally {
      target.clear();
    }
  }

  private Future<Void> stored(RoutingContext call) {
    Future<Void> stored = pipeline.stored();
    if (stored.succeeded()) {
      return stored;
    }
    // it completes on another thread, and the answer must be sent on this event loop
    Context loop = call.vertx().getOrCreateContext();
    Promise<Void> here = Promise.promise();
    stored.onComplete(
        result ->
            loop.runOnContext(
                unused -> {
                  if (result.succeeded()) {
                    here.complete();
                  } else {
                    here.fail(
                        BadCall.later(
                            "delivery.durability is sync, and the write to disk failed: "
                                + result.cause().getMessage()
                                + "; the points are in memory and may be sent all the same: if you"
                                + " post them again, they may come twice",
                            RETRY_AFTER_SECONDS));
                  }
                }));
    return here.future();
  }

  private static String contentType(RoutingContext call) {
    String type = call.request().getHeader("Content-Type");
    return type == null ? "" : type.toLowerCase(Locale.ROOT);
  }

  /** Returns the format of the content type; a JSON list is accepted with any type. */
  private static PostedPoints.Format format(RoutingContext call, Body body) {
    String type = contentType(call);
    int first = 0;
    while (first < body.length() && Character.isWhitespace(body.array()[first])) {
      first++;
    }
    char begin = first == body.length() ? 0 : (char) body.array()[first];
    if (begin == '[' || begin == 0) {
      return PostedPoints.Format.JSON;
    }
    boolean text = type.startsWith("text/plain");
    if (type.contains("ndjson") || type.contains("jsonl") || (text && begin == '{')) {
      return PostedPoints.Format.NDJSON;
    }
    return text ? PostedPoints.Format.LINE_PROTOCOL : PostedPoints.Format.JSON;
  }

  private static void checkName(String name) {
    String problem = MetricName.problem(name);
    if (!problem.isEmpty()) {
      throw new IllegalArgumentException(problem);
    }
  }

  private static String onlyNamespace(AssignmentSet assigned) {
    Set<String> namespaces = assigned.namespaces().keySet();
    if (namespaces.size() != 1) {
      throw new BadCall(
          "ns: expected a namespace, found nothing, and this host is in "
              + (namespaces.isEmpty() ? "none" : String.join(", ", namespaces)));
    }
    return namespaces.iterator().next();
  }

  /** Answers that the points are accepted, except the refused ones. */
  private static void posted(RoutingContext call, PostProblems refusals) {
    String message = "send data to MQ success";
    if (refusals.isEmpty()) {
      Reply.done(call, message);
      return;
    }
    call.response().putHeader(PostProblems.HEADER, refusals.header());
    if (Reply.wantsJson(call)) {
      JsonObject answer = new JsonObject().put("status", 200).put("message", message);
      Reply.json(call, refusals.put(answer).encode());
    } else {
      Reply.done(call, message);
    }
  }
}
