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
 * {@code POST /post}, and {@code POST /write} as InfluxDB has it: points of programs on this host.
 * Of a post's body what is good is taken, or all or none where that is wanted ({@code
 * strict=true}); of a write's all or none.
 */
final class PostRoutes {

  /** What takes longer to read than an event loop should be held up. */
  private static final int LARGE_BYTES = 256 * 1024;

  /** As long as the longest pause between two tries of an output. */
  private static final int RETRY_AFTER_SECONDS = 2;

  private static final String PREFIX = "RUN.";

  private static final String POST = "/post";
  private static final String WRITE = "/write";

  private final Scheduler scheduler;
  private final Pipeline pipeline;
  private final WorkerExecutor worker;
  private final MemoryBudget.Share share;

  /** The event loop's own, used again for each body. */
  private final PostedPoints points;

  /**
   * The calls that post.
   *
   * @param share what bodies and their points take memory from
   */
  PostRoutes(
      Scheduler scheduler, Pipeline pipeline, WorkerExecutor worker, MemoryBudget.Share share) {
    this.scheduler = scheduler;
    this.pipeline = pipeline;
    this.worker = worker;
    this.share = share;
    this.points = new PostedPoints(pipeline, share);
  }

  /** Whether a call is one of those whose points are lost to its caller when it is refused. */
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

  /** Before the body is read, which is in vain where there is no room for it already. */
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
        "body: expected no more than what may wait for an output (delivery.memory, delivery.disk);"
            + " post it in parts");
  }

  static BadCall full() {
    return BadCall.later(
        "what waits for an output is full, in memory and on disk (/me/status says which); none of"
            + " this was taken, post it again later",
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
    // the caller may be gone before it is read
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
    // it is completed elsewhere, and the answer belongs to this loop
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
                            "delivery.durability is sync, and the disk takes nothing: "
                                + result.cause().getMessage()
                                + "; this was taken into memory and may be sent all the same: posted"
                                + " again later it may come twice",
                            RETRY_AFTER_SECONDS));
                  }
                }));
    return here.future();
  }

  private static String contentType(RoutingContext call) {
    String type = call.request().getHeader("Content-Type");
    return type == null ? "" : type.toLowerCase(Locale.ROOT);
  }

  /** As its type says; but JSON in brackets has always been taken, whatever its type was. */
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

  /** A body's points are taken, but for those that were refused. */
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
