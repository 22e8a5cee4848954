package io.loda.agent.config;

import io.loda.agent.output.OutputSettings;
import io.loda.common.config.HostPort;
import io.loda.common.config.SecretFile;
import io.loda.common.files.Trust;
import io.loda.common.http.SocketAccess;
import io.loda.common.logging.LogSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration, after all checks. Paths are absolute.
 *
 * @param outputs by name, at least one
 * @param notices warnings that the log has at the start
 * @param policies the policies of the host's owner, which hold together
 */
public record AgentConfig(
    HostConfig host,
    LogSettings log,
    Http http,
    RegistryConfig registry,
    Plugins plugins,
    Map<String, OutputConfig> outputs,
    Delivery delivery,
    List<String> notices,
    List<Policy> policies) {

  public AgentConfig {
    // keeps their order, which the log and the status show
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    notices = List.copyOf(notices);
    policies = List.copyOf(policies);
  }

  /**
   * Block {@code agent}.
   *
   * @param hostname the configured name; empty: the system's
   * @param interfaces prefixes of the interfaces whose addresses are reported
   * @param home the installation's folder; relative paths start there
   * @param defaultTypes measurements of the host that run even if no item assigns them
   */
  public record HostConfig(
      String hostname,
      List<String> interfaces,
      Path home,
      Path dataDir,
      Path pidFile,
      String profile,
      List<String> ntpServers,
      Path hostProc,
      Path hostSys,
      Path hostRoot,
      List<String> defaultTypes) {

    public HostConfig {
      interfaces = List.copyOf(interfaces);
      ntpServers = List.copyOf(ntpServers);
      defaultTypes = List.copyOf(defaultTypes);
    }

    /** Returns a copy with another data folder. */
    public HostConfig withDataDir(Path other) {
      return new HostConfig(
          hostname,
          interfaces,
          home,
          other,
          pidFile,
          profile,
          ntpServers,
          hostProc,
          hostSys,
          hostRoot,
          defaultTypes);
    }
  }

  /**
   * Block {@code http}.
   *
   * @param unixSocket a socket with all calls; null: none
   * @param postSocket a socket for posts alone; null: none
   */
  public record Http(
      HostPort listen,
      @Nullable Path unixSocket,
      boolean legacyGet,
      List<Path> logRoots,
      long maxBodyBytes,
      int maxConnections,
      SocketAccess unixSocketAccess,
      @Nullable Path postSocket,
      SocketAccess postSocketAccess) {

    public Http {
      logRoots = List.copyOf(logRoots);
    }
  }

  /**
   * Block {@code registry}.
   *
   * @param type {@code directory} or {@code http}
   * @param url without a slash at its end
   * @param authFile the file with the login; null: none
   * @param maxItems the most items of a namespace, and the most namespaces
   */
  public record RegistryConfig(
      String type,
      Path directory,
      String url,
      @Nullable SecretFile authFile,
      Duration timeout,
      Duration pollInterval,
      Duration reportInterval,
      long maxAnswerBytes,
      int maxItems) {}

  /**
   * Block {@code plugins}.
   *
   * @param user {@code auto}: each plugin has a user of its own
   * @param userIds the user ids for those users
   * @param localRoots the folders that {@code path:} and {@code file:} addresses must be in
   * @param gitUrl a template that gets {@code GROUP/REPO} at {@code %s}; empty: addresses stay
   * @param maxScratchBytes the most that a plugin may keep in its scratch folder
   * @param maxConcurrent the most runs at once that start or use processor time
   * @param maxRuns the most runs at once, including those that wait
   * @param maxByHand the most runs by hand at once
   * @param maxSeries the most series of a plugin in an interval
   * @param runTimeout the time-out of a run on demand for which the caller gives none
   * @param breaker failures in a row after which a plugin runs less often; 0: it never does
   * @param pathTrust the owners whose folders {@code path:} may run
   */
  public record Plugins(
      Path dir,
      String user,
      IdRange userIds,
      boolean allowRoot,
      List<Path> localRoots,
      String branch,
      String gitUrl,
      Duration gitTimeout,
      long maxRepositoryBytes,
      Path javaDir,
      Map<String, String> env,
      long maxOutputBytes,
      long maxScratchBytes,
      int maxConcurrent,
      int maxRuns,
      int maxByHand,
      int maxSeries,
      Duration minInterval,
      Duration runTimeout,
      int breaker,
      Duration enableAfter,
      Limits limits,
      Git git,
      Trust pathTrust) {

    public Plugins {
      localRoots = List.copyOf(localRoots);
      env = Map.copyOf(env);
    }
  }

  /** A range of user ids, including both ends. */
  public record IdRange(long first, long last) {

    public IdRange {
      if (first < 1 || last < first || last > 0xFFFF_FFFDL) {
        throw new IllegalArgumentException(
            "expected a range of user ids, found " + first + '-' + last);
      }
    }

    public boolean contains(long id) {
      return id >= first && id <= last;
    }

    @Override
    public String toString() {
      return first + "-" + last;
    }
  }

  /**
   * How plugins' repositories are fetched.
   *
   * @param autoUpdate the interval of automatic updates; zero: never
   * @param keyring the keys one of which must have signed a commit; null: no signature needed
   * @param sshKey the key file; null: no key, or the keys of the agent's user
   * @param homeKeys whether root uses its keys in {@code ~/.ssh}; any other user does anyway
   * @param sshUser the user for an ssh address without one; may be empty
   * @param knownHosts null: the file of the agent's user
   * @param strictHostKeys whether an unknown host is refused
   */
  public record Git(
      Duration autoUpdate,
      @Nullable Path keyring,
      @Nullable Path sshKey,
      boolean homeKeys,
      String sshUser,
      @Nullable Path knownHosts,
      boolean strictHostKeys) {}

  /**
   * Block {@code plugins.limits}.
   *
   * @param cpu the processor time of each process
   * @param memoryBytes the memory of all processes of a run together
   * @param addressSpaceBytes the address space of each process; 0: unlimited
   * @param files the open files of each process
   * @param processes the processes and threads of a run
   */
  public record Limits(
      Duration cpu,
      long memoryBytes,
      long addressSpaceBytes,
      int files,
      int processes,
      long fileSizeBytes) {}

  /**
   * How points are encoded. Outputs with equal encodings share the same bytes.
   *
   * @param format {@code influx} or {@code loda-json}
   * @param keepStrings whether strings stay strings that are a number, {@code 5i} or {@code true}
   * @param precision the unit of timestamps: {@code s}, {@code ms}, {@code us} or {@code ns};
   *     {@code loda-json} has {@code s} only
   */
  public record Encoding(String format, boolean keepStrings, String precision) {}

  /**
   * One entry of {@code outputs}.
   *
   * @param encoding the encoding of its points
   * @param required whether posts are refused while its queue is full; else it drops its oldest
   * @param settings the keys of its type
   */
  public record OutputConfig(
      String name, String type, Encoding encoding, boolean required, OutputSettings settings) {

    public String format() {
      return encoding.format();
    }
  }

  /**
   * Block {@code delivery}.
   *
   * @param durability {@code memory}, {@code spill} or {@code sync}
   * @param minFreePercent the part of the file system that stays free
   * @param replayBytesPerSecond the rate at which the spool is sent; 0: unlimited
   */
  public record Delivery(
      long maxMessageBytes,
      Duration maxDelay,
      long memoryBytes,
      String durability,
      long diskBytes,
      Duration maxAge,
      double minFreePercent,
      long replayBytesPerSecond,
      boolean newestFirst) {}
}
