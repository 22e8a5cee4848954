package io.loda.agent.http;

import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.schedule.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;

/** {@code POST /post}: points of programs on this host, all of them taken or none. */
final class PostRoutes {

  /** What takes longer to read than an event loop should be held up. */
  private static final int LARGE_BYTES = 256 * 1024;

  private final Scheduler scheduler;
  private final Pipeline pipeline;
  private final WorkerExecutor worker;

  /** The event loop's own, used again for each body. */
  private final PostedPoints points;

  PostRoutes(Scheduler scheduler, Pipeline pipeline, WorkerExecutor worker) {
    this.scheduler = scheduler;
    this.pipeline = pipeline;
    this.worker = worker;
    this.points = new PostedPoints(pipeline);
  }

  void addTo(Calls calls, long maxBodyBytes) {
    calls.taking("/post", maxBodyBytes, this::post);
  }

  private void post(RoutingContext call) {
    Buffer given = call.body().buffer();
    Buffer body = given == null ? Buffer.buffer() : given;
    String name = new Query(call).optional("ns");
    Future<String> namespace =
        name == null
            ? scheduler.assigned().map(PostRoutes::onlyNamespace)
            : Future.succeededFuture(name);
    namespace
        .compose(
            ns ->
                body.length() > LARGE_BYTES
                    ? worker.executeBlocking(
                        () -> new PostedPoints(pipeline).accept(ns, body), false)
                    : Future.succeededFuture(points.accept(ns, body)))
        .onSuccess(unused -> Reply.done(call, "send data to MQ success"))
        .onFailure(call::fail);
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
