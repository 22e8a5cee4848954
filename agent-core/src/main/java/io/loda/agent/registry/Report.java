package io.loda.agent.registry;

import java.util.List;

/**
 * A report of this host to the registry.
 *
 * @param resourceIds the registry's ids of the host's namespaces
 * @param before the identity that the registry last accepted; equal to now if nothing changed
 */
public record Report(
    HostIdentity now, HostIdentity before, List<String> resourceIds, List<String> namespaces) {

  public Report {
    resourceIds = List.copyOf(resourceIds);
    namespaces = List.copyOf(namespaces);
  }

  /** Returns whether the hostname or the addresses changed since the last accepted report. */
  public boolean update() {
    return !now.hostname().equals(before.hostname()) || !now.ips().equals(before.ips());
  }
}
