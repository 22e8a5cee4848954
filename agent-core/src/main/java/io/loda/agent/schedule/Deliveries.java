package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.timers.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/** Hands collected metrics to the pipeline, for each namespace. On the scheduler's event loop. */
final class Deliveries {

  /** The namespace with the logins of all hosts (wire contract). */
  private static final String SECURITY = "security.monitor.loda";

  private static final String LOGIN = "kernel.user.login";

  private final Pipeline pipeline;
  private final Supplier<Collection<String>> namespaces;
  private final EventLoop loop;
  private List<Metric> traffic = List.of();

  /**
   * @param namespaces all of the host's
   */
  Deliveries(Pipeline pipeline, Supplier<Collection<String>> namespaces, EventLoop loop) {
    this.pipeline = pipeline;
    this.namespaces = namespaces;
    this.loop = loop;
  }

  /**
   * Delivers the metrics of a run. Succeeds on the event loop when they are as safe as the
   * durability promises, and also when the disk fails: that is logged and isn't the plugin's fault.
   */
  Future<Void> deliver(Assignment assignment, List<Batch> batches) {
    for (Batch batch : batches) {
      Collection<String> targets =
          batch.namespace() == null ? namespaces.get() : List.of(batch.namespace());
      pipeline.accept(targets, assignment.key(), batch.prefix(), batch.metrics());
      if (assignment.key().equals("NET")) {
        // as with the older agent, only metrics of an interface
        traffic = batch.metrics().stream().filter(m -> m.tags().containsKey("interface")).toList();
      }
      if (assignment.key().equals("KERNEL") && !targets.contains(SECURITY)) {
        List<Metric> logins =
            batch.metrics().stream().filter(metric -> metric.name().equals(LOGIN)).toList();
        pipeline.accept(SECURITY, assignment.key(), batch.prefix(), logins);
      }
    }
    Future<Void> stored = pipeline.stored();
    if (stored.isComplete()) {
      return Future.succeededFuture();
    }
    // it completes on another thread
    Promise<Void> here = Promise.promise();
    stored.onComplete(unused -> loop.run(here::complete));
    return here.future();
  }

  /** The latest NET metrics of interfaces. */
  List<Metric> traffic() {
    return traffic;
  }
}
