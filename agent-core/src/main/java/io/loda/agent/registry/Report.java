package io.loda.agent.registry;

import java.util.List;

/**
 * What the agent says of itself to the registry.
 *
 * @param resourceIds of the host's namespaces
 * @param before what the registry last accepted; equal to now when nothing changed
 */
public record Report(
    HostIdentity now, HostIdentity before, List<String> resourceIds, List<String> namespaces) {

  public Report {
    resourceIds = List.copyOf(resourceIds);
    namespaces = List.copyOf(namespaces);
  }

  /** Whether the hostname or the addresses changed since the last accepted report. */
  public boolean update() {
    return !now.hostname().equals(before.hostname()) || !now.ips().equals(before.ips());
  }
}
