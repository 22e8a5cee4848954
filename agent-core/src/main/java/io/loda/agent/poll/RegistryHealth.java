package io.loda.agent.poll;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Records how the registry answered. Changed on one event loop, read by any thread. */
final class RegistryHealth {

  private final String description;
  private final InstantSource clock;
  private final Map<String, RegistryStatus.Ask> items = new ConcurrentHashMap<>();
  private volatile RegistryStatus.Ask namespaces = RegistryStatus.Ask.NEVER;
  private volatile RegistryStatus.Ask report = RegistryStatus.Ask.NEVER;

  RegistryHealth(String description, InstantSource clock) {
    this.description = description;
    this.clock = clock;
  }

  /** Sets when items were last answered before this start. */
  void remembered(Map<String, Instant> answered) {
    answered.forEach(
        (namespace, when) -> items.put(namespace, RegistryStatus.Ask.NEVER.answered(when)));
  }

  void namespacesCame() {
    namespaces = namespaces.answered(clock.instant());
  }

  void namespacesFailed(String why) {
    namespaces = namespaces.failed(why);
  }

  void reported() {
    report = report.answered(clock.instant());
  }

  void reportFailed(String why) {
    report = report.failed(why);
  }

  void itemsCame(String namespace) {
    items.put(namespace, RegistryStatus.Ask.NEVER.answered(clock.instant()));
  }

  void itemsFailed(String namespace, String why) {
    items.merge(
        namespace, RegistryStatus.Ask.NEVER.failed(why), (before, unused) -> before.failed(why));
  }

  /** Forgets all other namespaces. */
  void keepOnly(Set<String> asked) {
    items.keySet().retainAll(asked);
  }

  RegistryStatus status() {
    return new RegistryStatus(description, namespaces, report, new TreeMap<>(items));
  }
}
