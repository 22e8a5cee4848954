package io.loda.agent.source;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The sampler of a Java plugin, called on the threads for plugins. While a call hangs, no other
 * call is made, not even to close it, as a sampler needn't expect two calls at once. If the call
 * returns later, the sampler is closed then.
 */
final class SamplerSource implements MetricSource {

  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final String what;
  private final Sampler sampler;
  private final @Nullable String namespace;
  private final String prefix;
  private final UnaryOperator<List<Metric>> kept;
  private final Duration timeout;
  private final JavaThreads threads;
  private volatile boolean hangs;
  private volatile boolean back;
  private volatile boolean unwanted;
  private volatile boolean closed;

  /**
   * @param kept filters the sampler's metrics; called in the collecting thread
   */
  SamplerSource(
      String what,
      Sampler sampler,
      @Nullable String namespace,
      String prefix,
      UnaryOperator<List<Metric>> kept,
      Duration timeout,
      JavaThreads threads) {
    this.what = what;
    this.sampler = sampler;
    this.namespace = namespace;
    this.prefix = prefix;
    this.kept = kept;
    this.timeout = timeout;
    this.threads = threads;
  }

  @Override
  public Future<Collected> collect() {
    back = false;
    return threads
        .call(
            what,
            timeout,
            () -> {
              try {
                return Collected.of(
                    new Batch(namespace, prefix, kept.apply(given(sampler.collect()))));
              } catch (LinkageError e) {
                throw new IllegalStateException("the plugin's jar is broken: " + e, e);
              }
            },
            unused -> cameBack())
        .onFailure(e -> hangs = e instanceof HangingException && !back);
  }

  private static List<Metric> given(@Nullable List<Metric> metrics) {
    if (metrics == null || metrics.stream().anyMatch(Objects::isNull)) {
      throw new IllegalStateException(
          "collect(): expected a list of metrics, found null" + (metrics == null ? "" : " in it"));
    }
    return metrics;
  }

  private void cameBack() {
    back = true;
    hangs = false;
    if (unwanted) {
      close();
    }
  }

  @Override
  public Future<Void> close() {
    unwanted = true;
    if (closed || hangs) {
      return Future.succeededFuture();
    }
    closed = true;
    return threads.call(
        what + ", which is closed,",
        CLOSE,
        () -> {
          sampler.close();
          return null;
        });
  }
}
