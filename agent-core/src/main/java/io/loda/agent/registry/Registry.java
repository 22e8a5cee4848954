package io.loda.agent.registry;

import io.loda.agent.assignment.ItemList;
import io.vertx.core.Future;
import java.util.Map;

/**
 * Where assignments come from. Called from one event loop; never blocks it.
 *
 * <p>A failed future's message says what was asked of whom, and what came instead. An answer that
 * isn't certain to be right is a failure: what was assigned before then stays.
 */
public interface Registry {

  /**
   * In words, for the log: {@code http://registry:8000}, {@code the folder /etc/agent/registry}.
   */
  String description();

  /** The host's namespaces, with what the registry calls each. Never empty. */
  Future<Map<String, String>> namespaces(HostIdentity host);

  /**
   * Returns a namespace's items. An empty list assigns nothing: a registry gives one only where
   * somebody means it.
   */
  Future<ItemList> items(String namespace);

  /** Tells the registry about this host. */
  Future<Void> report(Report report);

  /** Closes; idempotent. */
  Future<Void> close();
}
