package io.loda.agent.builtin.container;

import io.loda.agent.builtin.kit.Warnings;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engines' names of this host's containers.
 *
 * <p>Asks the engines when a container is new, at most once a minute, and keeps only the last
 * answer. Not thread-safe.
 */
final class ContainerNames {
  private static final Logger log = LoggerFactory.getLogger(ContainerNames.class);
  private static final long NOT_AGAIN_NANOS = 60_000_000_000L;

  private final List<ContainerEngine> engines;
  private final LongSupplier nanoTime;
  private final Warnings warnings = new Warnings(log);
  private Map<String, Container> known = Map.of();
  private long askedAt;
  private boolean asked;

  ContainerNames(List<ContainerEngine> engines, LongSupplier nanoTime) {
    this.engines = List.copyOf(engines);
    this.nanoTime = nanoTime;
  }

  /** Returns the known containers among these; those that no engine knows are missing. */
  Map<String, Container> of(Set<String> ids) {
    long now = nanoTime.getAsLong();
    if (!known.keySet().containsAll(ids) && (!asked || now - askedAt >= NOT_AGAIN_NANOS)) {
      known = ask(ids);
      asked = true;
      askedAt = now;
    }
    return known;
  }

  private Map<String, Container> ask(Set<String> ids) {
    Map<String, Container> containers = new HashMap<>();
    for (ContainerEngine engine : engines) {
      String about = engine.getClass().getName();
      try {
        engine.containers(ids).forEach(containers::putIfAbsent);
        warnings.over(about);
      } catch (IOException e) {
        warnings.once(
            about, "CGROUP: containers are shown without name and image: " + e.getMessage());
      }
    }
    return containers;
  }
}
