package io.loda.agent.poll;

import io.loda.agent.registry.CurrentHost;
import io.loda.agent.registry.HostIdentity;
import io.loda.agent.registry.Registry;
import io.loda.agent.registry.RegistryException;
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

  /**
   * Takes note of who the host is now; one that changed is reported at once.
   *
   * @return fails when the host has a new name and the registry didn't accept it: then it doesn't
   *     know whom to answer for
   */
  Future<HostIdentity> hostIs(HostIdentity now) {
    host.set(now);
    HostIdentity before = accepted;
    boolean newName = before != null && !before.hostname().equals(now.hostname());
    boolean changed = newName || (before != null && !before.ips().equals(now.ips()));
    Future<Void> report = changed ? report() : Future.succeededFuture();
    if (!newName) {
      return Future.succeededFuture(now);
    }
    return report
        .map(now)
        .onSuccess(unused -> problems.solved("hostname"))
        .recover(
            e -> {
              String what =
                  "the host is now called "
                      + now.hostname()
                      + ", and the registry doesn't know yet: "
                      + e.getMessage();
              problems.report(
                  "hostname",
                  "report failed, the last good answers stay in force, retrying: " + what);
              return Future.failedFuture(new RegistryException(what));
            });
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
