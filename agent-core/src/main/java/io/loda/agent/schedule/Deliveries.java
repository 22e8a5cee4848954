package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/** Sends what sources gave, to the namespaces that it is for. On the scheduler's event loop. */
final class Deliveries {

  private final Pipeline pipeline;
  private final Supplier<Collection<String>> namespaces;
  private final EventLoop loop;
  private List<Metric> traffic = List.of();

  /**
   * Deliveries.
   *
   * @param namespaces all of the host's
   */
  Deliveries(Pipeline pipeline, Supplier<Collection<String>> namespaces, EventLoop loop) {
    this.pipeline = pipeline;
    this.namespaces = namespaces;
    this.loop = loop;
  }

  /**
   * Sends what a run gave. Succeeds, on the event loop, when it is as safe as the durability
   * promises; also when the disk takes nothing: that is said, and isn't the plugin's fault.
   */
  Future<Void> deliver(Assignment assignment, List<Batch> batches) {
    for (Batch batch : batches) {
      Collection<String> targets =
          batch.namespace() == null ? namespaces.get() : List.of(batch.namespace());
      for (String namespace : targets) {
        pipeline.accept(namespace, assignment.key(), batch.prefix(), batch.metrics());
      }
      if (assignment.key().equals("NET")) {
        traffic = batch.metrics();
      }
    }
    Future<Void> stored = pipeline.stored();
    if (stored.isComplete()) {
      return Future.succeededFuture();
    }
    // it is completed elsewhere
    Promise<Void> here = Promise.promise();
    stored.onComplete(unused -> loop.run(here::complete));
    return here.future();
  }

  /** The latest NET metrics. */
  List<Metric> traffic() {
    return traffic;
  }
}
