package io.loda.agent.registry;

import java.util.List;

/**
 * What identifies a host to the registry.
 *
 * @param serialNumber empty: there is none, or it can't be read
 */
public record HostIdentity(String hostname, List<String> ips, String serialNumber) {

  public HostIdentity {
    ips = List.copyOf(ips);
  }
}
