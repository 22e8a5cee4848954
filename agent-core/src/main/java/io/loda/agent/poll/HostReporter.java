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

/**
 * Tells the registry about this host, and remembers what it accepted. On the poller's event loop.
 */
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
   * A reporter.
   *
   * @param namespaces the host's, with what the registry calls each
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

  /** Reads what was accepted before this start. */
  Future<Void> start() {
    return worker
        .executeBlocking(lastReport::load, false)
        .map(loaded -> accepted = loaded)
        .mapEmpty();
  }

  /** Whether the registry knows the host by another name than it has now. */
  boolean hasNewName() {
    HostIdentity before = accepted;
    return before != null && !before.hostname().equals(host.hostname());
  }

  /** Whether the name or the addresses are other than what the registry accepted. */
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
              problems.report("report", "this host isn't reported: " + e.getMessage());
            });
  }

  /** Nobody waits for it: what can't be saved now is saved with the next report. */
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
            e ->
                problems.report(
                    "saving the report", "can't save what was reported: " + FileReason.of(e)));
  }
}
