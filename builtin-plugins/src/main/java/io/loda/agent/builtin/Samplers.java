package io.loda.agent.builtin;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.util.ArrayList;
import java.util.List;

/** Several samplers as one, for measurements that come from different places. */
final class Samplers implements Sampler {
  private final List<Sampler> parts;

  private Samplers(List<Sampler> parts) {
    this.parts = parts;
  }

  static Sampler all(Sampler... parts) {
    return new Samplers(List.of(parts));
  }

  /**
   * {@inheritDoc}
   *
   * <p>One part that fails doesn't cost the others' metrics; when all fail, the first one's reason
   * is given.
   */
  @Override
  public List<Metric> collect() throws Exception {
    List<Metric> metrics = new ArrayList<>();
    List<Exception> failures = new ArrayList<>();
    for (Sampler part : parts) {
      try {
        metrics.addAll(part.collect());
      } catch (Exception e) {
        failures.add(e);
      }
    }
    if (failures.size() == parts.size()) {
      Exception first = failures.get(0);
      failures.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
    return metrics;
  }

  @Override
  public void close() {
    parts.forEach(Sampler::close);
  }
}
