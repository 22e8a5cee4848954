package io.loda.agent.http;

import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.metric.MetricJson;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.plugin.Metric;
import io.loda.agent.schedule.Scheduler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.Set;
import java.util.regex.Pattern;

/** {@code POST /post}: points of programs on this host, all of them taken or none. */
final class PostRoutes {

  private static final Pattern NAME = Pattern.compile("[-_.a-zA-Z0-9]+");

  /** What takes longer to read than an event loop should be held up. */
  private static final int LARGE_BYTES = 64 * 1024;

  /** As long as the longest pause between two tries of an output. */
  private static final int RETRY_AFTER_SECONDS = 2;

  private final Scheduler scheduler;
  private final Pipeline pipeline;
  private final WorkerExecutor worker;

  PostRoutes(Scheduler scheduler, Pipeline pipeline, WorkerExecutor worker) {
    this.scheduler = scheduler;
    this.pipeline = pipeline;
    this.worker = worker;
  }

  void addTo(Calls calls, long maxBodyBytes) {
    calls.taking("/post", maxBodyBytes, this::checkRoom, this::post);
  }

  /** Before the body is read; a body without a length is looked at again afterwards. */
  private void checkRoom(RoutingContext call) {
    String length = call.request().getHeader("Content-Length");
    long bytes = length != null && length.matches("[0-9]{1,18}") ? Long.parseLong(length) : 0;
    checkRoom(bytes);
  }

  private void checkRoom(long bytes) {
    if (!pipeline.hasRoom(bytes)) {
      throw BadCall.later(
          "what waits for an output is full, in memory and on disk (/me/status says which); none of"
              + " this was taken, post it again later",
          RETRY_AFTER_SECONDS);
    }
  }

  private void post(RoutingContext call) {
    Buffer body = call.body().buffer();
    byte[] bytes = body == null ? new byte[0] : body.getBytes();
    String given = new Query(call).optional("ns");
    Future<String> namespace =
        given == null
            ? scheduler.assigned().map(PostRoutes::onlyNamespace)
            : Future.succeededFuture(given);
    namespace
        .compose(
            ns ->
                bytes.length > LARGE_BYTES
                    ? worker.executeBlocking(() -> accept(ns, bytes), false)
                    : Future.succeededFuture(accept(ns, bytes)))
        .compose(unused -> stored(call))
        .onSuccess(unused -> Reply.done(call, "send data to MQ success"))
        .onFailure(call::fail);
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
                                + "; post it again later",
                            RETRY_AFTER_SECONDS));
                  }
                }));
    return here.future();
  }

  private int accept(String namespace, byte[] body) {
    String problem = pipeline.problemWith(namespace);
    if (!problem.isEmpty()) {
      throw new BadCall("ns: " + problem);
    }
    MetricJson.Parsed parsed;
    try {
      parsed = MetricJson.parse(body);
    } catch (IOException e) {
      throw new BadCall("body: " + e.getMessage());
    }
    if (!parsed.refused().isEmpty()) {
      throw new BadCall("body, " + parsed.refused().get(0));
    }
    for (int i = 0; i < parsed.metrics().size(); i++) {
      Metric metric = parsed.metrics().get(i);
      if (!NAME.matcher(metric.name()).matches()) {
        throw new BadCall(
            "body, item "
                + (i + 1)
                + ": name: expected only 0-9 a-z A-Z - _ ., found \""
                + metric.name()
                + '"');
      }
    }
    checkRoom(body.length);
    return pipeline.accept(namespace, "/post", "RUN.", parsed.metrics());
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
}
