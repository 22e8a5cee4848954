package io.loda.agent.config;

import io.loda.agent.output.stdout.StdoutType;
import io.loda.common.config.HostPort;
import io.loda.common.config.SecretFile;
import io.loda.common.http.SocketAccess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parts of a configuration, with the defaults of what a test doesn't say. */
public final class Configs {

  private Configs() {}

  public static AgentConfig.HostConfig host(
      String hostname,
      List<String> interfaces,
      Path home,
      Path dataDir,
      Path pidFile,
      String profile,
      List<String> ntpServers,
      Path hostProc,
      Path hostSys,
      Path hostRoot) {
    return new AgentConfig.HostConfig(
        hostname,
        interfaces,
        home,
        dataDir,
        pidFile,
        profile,
        ntpServers,
        hostProc,
        hostSys,
        hostRoot,
        List.of("HEALTH", "PS"));
  }

  static AgentConfig.Http http(
      HostPort listen,
      @Nullable Path unixSocket,
      boolean legacyGet,
      List<Path> logRoots,
      long maxBodyBytes,
      int maxConnections) {
    return new AgentConfig.Http(
        listen,
        unixSocket,
        legacyGet,
        logRoots,
        maxBodyBytes,
        maxConnections,
        SocketAccess.GROUP,
        null,
        SocketAccess.EVERYBODY);
  }

  public static AgentConfig.RegistryConfig registry(
      String type,
      Path directory,
      String url,
      @Nullable SecretFile authFile,
      Duration timeout,
      Duration pollInterval,
      Duration reportInterval) {
    return new AgentConfig.RegistryConfig(
        type,
        directory,
        url,
        authFile,
        timeout,
        pollInterval,
        reportInterval,
        4 * 1024 * 1024,
        10_000);
  }

  /** Addresses aren't limited. */
  public static AgentConfig.Limits limits(
      Duration cpu, long memoryBytes, int files, int processes, long fileSizeBytes) {
    return new AgentConfig.Limits(cpu, memoryBytes, 0, files, processes, fileSizeBytes);
  }

  /** Memory only. */
  public static AgentConfig.Delivery delivery(
      long maxMessageBytes, Duration maxDelay, long memoryBytes) {
    return new AgentConfig.Delivery(
        maxMessageBytes, maxDelay, memoryBytes, "memory", 0, Duration.ofDays(1), 0, 0, false);
  }

  /** Strings that are numbers become numbers, and timestamps are seconds. */
  public static AgentConfig.Encoding encoding(String format) {
    return new AgentConfig.Encoding(format, false, "s");
  }

  /** An output that is required. */
  public static AgentConfig.OutputConfig stdout(String name, String format) {
    return stdout(name, encoding(format), true);
  }

  public static AgentConfig.OutputConfig stdout(
      String name, AgentConfig.Encoding encoding, boolean required) {
    return new AgentConfig.OutputConfig(
        name, "stdout", encoding, required, new StdoutType.Settings());
  }
}
