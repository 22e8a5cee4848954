package io.loda.agent.registry;

import java.util.List;

/**
 * What the registry knows a host by.
 *
 * @param serialNumber empty where there is none, or it can't be read
 */
public record HostIdentity(String hostname, List<String> ips, String serialNumber) {

  public HostIdentity {
    ips = List.copyOf(ips);
  }
}
