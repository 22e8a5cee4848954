package io.loda.agent.poll;

import io.loda.agent.registry.CurrentHost;
import io.loda.agent.registry.HostIdentity;
import io.loda.agent.registry.Registry;
import io.loda.agent.registry.Report;
import io.loda.common.files.FileReason;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reports this host to the registry, and saves what it accepted. On the poller's event loop. */
final class HostReporter {

  private final Registry registry;
  private final CurrentHost host;
  private final LastReport lastReport;
  private final WorkerExecutor worker;
  private final RepeatedProblems problems;
  private final RegistryHealth health;
  private final Supplier<Map<String, String>> namespaces;
  private final RegistryMemory memory;
  private @Nullable HostIdentity accepted;
  private @Nullable HostIdentity saved;

  /**
   * @param namespaces the host's, with the registry's id of each
   */
  HostReporter(
      Registry registry,
      CurrentHost host,
      LastReport lastReport,
      WorkerExecutor worker,
      RepeatedProblems problems,
      RegistryHealth health,
      Supplier<Map<String, String>> namespaces,
      RegistryMemory memory) {
    this.memory = memory;
    this.registry = registry;
    this.host = host;
    this.lastReport = lastReport;
    this.worker = worker;
    this.problems = problems;
    this.health = health;
    this.namespaces = namespaces;
  }

  /** Reads what the registry accepted before this start. */
  Future<Void> start() {
    return worker
        .executeBlocking(lastReport::load, false)
        .map(loaded -> accepted = loaded)
        .mapEmpty();
  }

  /** Returns whether the host's name differs from the one that the registry accepted. */
  boolean hasNewName() {
    HostIdentity before = accepted;
    return before != null && !before.hostname().equals(host.hostname());
  }

  /** Returns whether the name or the addresses differ from those that the registry accepted. */
  boolean hasChanged() {
    HostIdentity before = accepted;
    return hasNewName() || (before != null && !before.ips().equals(host.get().ips()));
  }

  Future<Void> report() {
    HostIdentity now = host.get();
    HostIdentity before = accepted == null ? now : accepted;
    Map<String, String> sorted = new TreeMap<>(namespaces.get());
    Report report =
        new Report(now, before, List.copyOf(sorted.values()), List.copyOf(sorted.keySet()));
    return memory
        .reading(() -> registry.report(report))
        .onSuccess(
            unused -> {
              problems.solved("report");
              health.reported();
              accepted = now;
              if (!now.equals(saved)) {
                save(now);
              }
            })
        .onFailure(
            e -> {
              health.reportFailed(String.valueOf(e.getMessage()));
              problems.report("report", "failed, retrying: " + e.getMessage());
            });
  }

  /** Saves in the background; a failure is retried with the next report. */
  private void save(HostIdentity now) {
    worker
        .executeBlocking(
            () -> {
              lastReport.save(now);
              return now;
            },
            false)
        .onSuccess(
            unused -> {
              saved = now;
              problems.solved("saving the report");
            })
        .onFailure(
            e -> problems.report("saving the report", "failed, retrying: " + FileReason.of(e)));
  }
}
