package io.loda.agent.registry;

import io.loda.agent.config.AgentConfig;
import io.loda.common.files.SafeFiles;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads the host's identity; its name and addresses may change while the agent runs. Blocks
 * shortly: worker threads only.
 */
public final class HostIdentityReader {

  private static final int MOST_BYTES = 4096;

  private final AgentConfig.HostConfig config;

  public HostIdentityReader(AgentConfig.HostConfig config) {
    this.config = config;
  }

  public HostIdentity read() {
    return new HostIdentity(hostname(), ips(), serialNumber());
  }

  private String hostname() {
    if (!config.hostname().isEmpty()) {
      return config.hostname();
    }
    try {
      String name =
          SafeFiles.readString(config.hostProc().resolve("sys/kernel/hostname"), MOST_BYTES)
              .strip();
      if (!name.isEmpty()) {
        return name;
      }
    } catch (IOException e) {
      // it isn't Linux, or /proc hides the name
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "unknown";
    }
  }

  private List<String> ips() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(i -> config.interfaces().stream().anyMatch(p -> i.getName().startsWith(p)))
          .filter(HostIdentityReader::counts)
          .flatMap(i -> i.getInterfaceAddresses().stream())
          .map(InterfaceAddress::getAddress)
          .filter(a -> !a.isLoopbackAddress() && !a.isLinkLocalAddress())
          // RFC 5952's short form, as the registry knows IPv6 addresses
          .map(NetUtil::toAddressString)
          // the system may list interfaces in any order, and another order must not count as a
          // change
          .sorted()
          .toList();
    } catch (SocketException e) {
      return List.of();
    }
  }

  private static boolean counts(NetworkInterface candidate) {
    try {
      return candidate.isUp() && !candidate.isLoopback();
    } catch (SocketException e) {
      // the interface vanished after it was listed
      return false;
    }
  }

  private String serialNumber() {
    Path file = config.hostSys().resolve("class/dmi/id/product_serial");
    try {
      return SafeFiles.readString(file, MOST_BYTES).replaceAll("\\s", "");
    } catch (IOException e) {
      return "";
    }
  }
}
