package io.loda.agent.schedule;

import io.loda.agent.assignment.ItemList;
import io.loda.agent.registry.HostIdentity;
import io.loda.agent.registry.Registry;
import io.loda.agent.registry.RegistryException;
import io.loda.agent.registry.Report;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Answers what a test says. */
public final class ScriptedRegistry implements Registry {

  private final Map<String, String> items = new ConcurrentHashMap<>();
  private final List<Report> reports = new CopyOnWriteArrayList<>();
  private final AtomicInteger pulls = new AtomicInteger();
  private volatile String failure = "";
  private volatile String reportFailure = "";
  private volatile @Nullable Promise<Void> held;

  /** From now on a namespace has these items; what isn't JSON is answered as it is. */
  public ScriptedRegistry has(String namespace, String json) {
    items.put(namespace, json);
    return this;
  }

  /** The namespace is the host's, and asking for its items fails. */
  public ScriptedRegistry fails(String namespace) {
    return has(namespace, "");
  }

  public void removes(String namespace) {
    items.remove(namespace);
  }

  public void failsAltogether(String reason) {
    failure = reason;
  }

  public void refusesReports(String reason) {
    reportFailure = reason;
  }

  /** The next answer with namespaces waits for {@link #release}. */
  public void hold() {
    held = Promise.promise();
  }

  public void release() {
    Promise<Void> waiting = Objects.requireNonNull(held);
    held = null;
    waiting.complete();
  }

  public int pulls() {
    return pulls.get();
  }

  public List<Report> reports() {
    return List.copyOf(reports);
  }

  @Override
  public String description() {
    return "a test";
  }

  @Override
  public Future<Map<String, String>> namespaces(HostIdentity host) {
    pulls.incrementAndGet();
    Promise<Void> wait = held;
    if (wait == null) {
      return namespaces();
    }
    Context context = Objects.requireNonNull(Vertx.currentContext());
    Promise<Map<String, String>> answer = Promise.promise();
    wait.future()
        .onComplete(unused -> context.runOnContext(released -> namespaces().onComplete(answer)));
    return answer.future();
  }

  private Future<Map<String, String>> namespaces() {
    if (!failure.isEmpty()) {
      return Future.failedFuture(new RegistryException(failure));
    }
    Map<String, String> namespaces = new TreeMap<>();
    items.keySet().forEach(namespace -> namespaces.put(namespace, "id of " + namespace));
    return Future.succeededFuture(namespaces);
  }

  @Override
  public Future<ItemList> items(String namespace) {
    String json = items.getOrDefault(namespace, "");
    String reason = failure.isEmpty() ? "node not found" : failure;
    return !failure.isEmpty() || json.isEmpty()
        ? Future.failedFuture(new RegistryException(reason))
        : Future.succeededFuture(ItemList.of(json));
  }

  @Override
  public Future<Void> report(Report report) {
    reports.add(report);
    return reportFailure.isEmpty()
        ? Future.succeededFuture()
        : Future.failedFuture(new RegistryException(reportFailure));
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
