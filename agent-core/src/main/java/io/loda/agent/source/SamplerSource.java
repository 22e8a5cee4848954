package io.loda.agent.source;

import io.loda.agent.plugin.Sampler;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import org.jspecify.annotations.Nullable;

/** A Java plugin's sampler, called on a worker. */
final class SamplerSource implements MetricSource {

  private final Sampler sampler;
  private final @Nullable String namespace;
  private final String prefix;
  private final WorkerExecutor worker;
  private boolean closed;

  SamplerSource(Sampler sampler, @Nullable String namespace, String prefix, WorkerExecutor worker) {
    this.sampler = sampler;
    this.namespace = namespace;
    this.prefix = prefix;
    this.worker = worker;
  }

  @Override
  public Future<Collected> collect() {
    return worker.executeBlocking(
        () -> {
          try {
            return Collected.of(new Batch(namespace, prefix, sampler.collect()));
          } catch (LinkageError e) {
            throw new IllegalStateException("the plugin's jar is broken: " + e, e);
          }
        },
        false);
  }

  @Override
  public Future<Void> close() {
    if (closed) {
      return Future.succeededFuture();
    }
    closed = true;
    return worker.executeBlocking(
        () -> {
          sampler.close();
          return null;
        },
        false);
  }
}
