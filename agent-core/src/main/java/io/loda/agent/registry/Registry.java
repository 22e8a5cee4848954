package io.loda.agent.registry;

import io.loda.agent.assignment.ItemList;
import io.vertx.core.Future;
import java.util.Map;

/**
 * Gives the assignments. Called from one event loop; never blocks it.
 *
 * <p>A failed future's message names the request, what was expected and what was found. A doubtful
 * answer is a failure: then the last good answer stays in force.
 */
public interface Registry {

  /**
   * Describes it for the log: {@code http://registry:8000}, {@code the folder /etc/agent/registry}.
   */
  String description();

  /** Returns the host's namespaces, with the registry's id of each. Never empty. */
  Future<Map<String, String>> namespaces(HostIdentity host);

  /**
   * Returns a namespace's items. An empty list assigns nothing: an implementation returns one only
   * if it is certain that nothing is assigned.
   */
  Future<ItemList> items(String namespace);

  /** Reports this host to the registry. */
  Future<Void> report(Report report);

  /** Closes the registry; idempotent. */
  Future<Void> close();
}
