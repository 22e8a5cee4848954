package io.loda.agent.builtin.kit;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Combines several samplers for measurements from different sources. */
public final class Samplers implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(Samplers.class);

  private final List<Sampler> parts;
  private final Warnings warnings = new Warnings(log);

  private Samplers(List<Sampler> parts) {
    this.parts = parts;
  }

  public static Sampler all(Sampler... parts) {
    return new Samplers(List.of(parts));
  }

  /**
   * Takes the reading that the first rates are computed from. A failure is ignored here, as each
   * collection reports it.
   */
  public static <S extends Sampler> S begun(S sampler) {
    try {
      sampler.collect();
    } catch (Exception e) {
      log.debug("{}: first reading failed", sampler.getClass().getSimpleName(), e);
    }
    return sampler;
  }

  /**
   * {@inheritDoc}
   *
   * <p>A failing part doesn't cost the others' metrics; if all fail, the first failure is thrown.
   */
  @Override
  public List<Metric> collect() throws Exception {
    List<Metric> metrics = new ArrayList<>();
    List<Exception> failures = new ArrayList<>();
    for (Sampler part : parts) {
      try {
        metrics.addAll(part.collect());
        warnings.over(part.getClass().getName());
      } catch (Exception e) {
        failures.add(e);
        warnings.once(
            part.getClass().getName(),
            part.getClass().getSimpleName()
                + ": measuring failed, its metrics are left out: "
                + e.getMessage());
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
