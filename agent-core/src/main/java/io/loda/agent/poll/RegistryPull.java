package io.loda.agent.poll;

import io.loda.agent.assignment.ItemList;
import io.loda.agent.registry.HostIdentity;
import io.loda.agent.registry.Registry;
import io.loda.agent.registry.RegistryException;
import io.loda.common.files.FileReason;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks the registry for the host's namespaces and the items of each. After a failure the last good
 * answer of the namespace stays in force; the log reports it once, the status while it lasts. On
 * the poller's event loop.
 */
final class RegistryPull {

  private final Registry registry;
  private final LastGoodAssignments lastGood;
  private final WorkerExecutor worker;
  private final RegistryMemory memory;
  private final RepeatedProblems problems;
  private final RegistryHealth health;
  private final NamespaceNames names;

  RegistryPull(
      Registry registry,
      LastGoodAssignments lastGood,
      WorkerExecutor worker,
      RegistryMemory memory,
      RepeatedProblems problems,
      RegistryHealth health) {
    this.registry = registry;
    this.lastGood = lastGood;
    this.worker = worker;
    this.memory = memory;
    this.problems = problems;
    this.health = health;
    this.names = new NamespaceNames(problems);
  }

  /**
   * Asks for everything.
   *
   * @param known the answers in force
   * @param take puts the new answers in force, with the old ones where an ask failed
   * @return fails if anything failed, after the rest is in force
   */
  Future<Void> pull(
      HostIdentity now,
      LastGoodAssignments.KnownAnswers known,
      Function<LastGoodAssignments.KnownAnswers, Future<Void>> take) {
    List<String> failures = new ArrayList<>();
    return Future.succeededFuture()
        .compose(unused -> memory.reading(() -> registry.namespaces(now)))
        .compose(names::wellNamed)
        .onSuccess(
            unused -> {
              health.namespacesCame();
              problems.solved("namespaces");
            })
        .recover(
            e -> {
              String why = String.valueOf(e.getMessage());
              health.namespacesFailed(why);
              problems.report(
                  "namespaces", "failed, the known namespaces stay in force, retrying: " + why);
              failures.add(why);
              return Future.succeededFuture(known.namespaces());
            })
        .compose(
            namespaces ->
                // without any answer yet, an empty set would count as nothing being assigned
                namespaces.isEmpty() && !failures.isEmpty()
                    ? Future.<Void>succeededFuture()
                    : items(namespaces, known, failures).compose(take))
        .compose(
            unused ->
                failures.isEmpty()
                    ? Future.succeededFuture()
                    : Future.failedFuture(new RegistryException(String.join("; ", failures))));
  }

  /** Asks for one namespace after the other: memory has room for one large answer. */
  private Future<LastGoodAssignments.KnownAnswers> items(
      Map<String, String> namespaces,
      LastGoodAssignments.KnownAnswers known,
      List<String> failures) {
    health.keepOnly(namespaces.keySet());
    Map<String, LastGoodAssignments.Items> items = new HashMap<>();
    Future<Void> all = Future.succeededFuture();
    for (String namespace : namespaces.keySet()) {
      LastGoodAssignments.Items last = known.items().get(namespace);
      all = all.compose(unused -> items(namespace, last, items, failures));
    }
    return all.map(unused -> new LastGoodAssignments.KnownAnswers(namespaces, items));
  }

  private Future<Void> items(
      String namespace,
      LastGoodAssignments.@Nullable Items last,
      Map<String, LastGoodAssignments.Items> items,
      List<String> failures) {
    return memory
        .reading(
            () ->
                registry
                    .items(namespace)
                    .compose(
                        list -> worker.executeBlocking(() -> read(namespace, list, last), false)))
        .<Void>map(
            read -> {
              items.put(namespace, read.items());
              health.itemsCame(namespace);
              problems.solved(namespace);
              said("saving " + namespace, read.notSaved());
              return null;
            })
        .otherwise(
            e -> {
              if (last != null) {
                items.put(namespace, last);
              }
              String why = String.valueOf(e.getMessage());
              health.itemsFailed(namespace, why);
              problems.report(
                  namespace,
                  (last == null
                          ? "failed, nothing to collect"
                          : "failed, the last good answer stays in force")
                      + ", retrying: "
                      + why);
              failures.add(why);
              return null;
            });
  }

  private record Read(LastGoodAssignments.Items items, String notSaved) {}

  private Read read(String namespace, ItemList list, LastGoodAssignments.@Nullable Items last) {
    boolean same = last != null && last.digest().equals(list.digest());
    LastGoodAssignments.Items items = last != null && same ? last : lastGood.read(namespace, list);
    try {
      return new Read(items, lastGood.save(namespace, items, list));
    } catch (IllegalArgumentException e) {
      if (!same) {
        lastGood.forget(items);
      }
      throw e;
    } catch (IOException e) {
      return new Read(items, "failed, retrying: " + FileReason.of(e));
    }
  }

  private void said(String subject, String problem) {
    if (problem.isEmpty()) {
      problems.solved(subject);
    } else {
      problems.report(subject, problem);
    }
  }
}
