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
 * The whole configuration, checked. Paths are absolute.
 *
 * @param outputs by name; at least one
 * @param notices what the log says at the start
 * @param policies what the host's owner allows; all of them hold
 */
public record AgentConfig(
    Host host,
    LogSettings log,
    Http http,
    Registry registry,
    Plugins plugins,
    Map<String, OutputConfig> outputs,
    Delivery delivery,
    List<String> notices,
    List<Policy> policies) {

  public AgentConfig {
    // in their order: the log and the status have them so
    outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    notices = List.copyOf(notices);
    policies = List.copyOf(policies);
  }

  /**
   * Block {@code agent}.
   *
   * @param hostname as configured; empty: the system's
   * @param interfaces prefixes of the interfaces that count
   * @param home the installation's folder, where relative paths start
   * @param defaultTypes measurements of the host that run where no item names them
   */
  public record Host(
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

    public Host {
      interfaces = List.copyOf(interfaces);
      ntpServers = List.copyOf(ntpServers);
      defaultTypes = List.copyOf(defaultTypes);
    }

    /** The same with another data folder. */
    public Host withDataDir(Path other) {
      return new Host(
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
   * @param unixSocket null: none
   * @param postSocket at which points are taken, and nothing else; null: none
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
   * @param authFile with what the registry wants to be shown; null for none
   * @param maxItems of a namespace, and namespaces
   */
  public record Registry(
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
   * @param userIds whom those users are taken from
   * @param localRoots where folders and repositories of this host may be
   * @param gitUrl template into which {@code GROUP/REPO} goes at {@code %s}; empty: addresses stay
   * @param maxScratchBytes that a plugin may keep in its scratch folder
   * @param maxConcurrent runs that start or burn processor time at once
   * @param maxRuns at once, whatever they do
   * @param maxByHand runs that somebody asked for, at once
   * @param maxSeries of a plugin in an interval
   * @param runTimeout of a run on demand that names none
   * @param breaker failures in a row after which a plugin is run less often; 0: none are
   * @param pathTrust whose folders are run by {@code path:}
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

  /** User ids, both ends included. */
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
   * @param autoUpdate how often by itself; zero: never
   * @param keyring whose keys have to have signed a commit; null: it needn't be signed
   * @param sshKey null: none, or those of the agent's user
   * @param homeKeys whether root's keys in {@code ~/.ssh} are used; another user's are anyway
   * @param sshUser for an ssh address that names none; may be empty
   * @param knownHosts null: the agent's user's
   * @param strictHostKeys refuses a host that isn't known
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
   * @param cpu of each process
   * @param memoryBytes of all processes of a run together
   * @param addressSpaceBytes of each process; 0: not limited
   * @param files open ones, of each process
   * @param processes of a run, threads included
   */
  public record Limits(
      Duration cpu,
      long memoryBytes,
      long addressSpaceBytes,
      int files,
      int processes,
      long fileSizeBytes) {}

  /**
   * How points are written: outputs of one encoding take the same bytes.
   *
   * @param format {@code influx} or {@code loda-json}
   * @param keepStrings also those that are a number, {@code 5i} or {@code true}
   * @param precision what a timestamp counts: {@code s}, {@code ms}, {@code us} or {@code ns}; only
   *     {@code s} of {@code loda-json}
   */
  public record Encoding(String format, boolean keepStrings, String precision) {}

  /**
   * One entry of {@code outputs}.
   *
   * @param encoding how its points are written
   * @param required whether posts are refused while it has no room; else it drops its oldest
   * @param settings what only its type has
   */
  public record OutputConfig(
      String name, String type, Encoding encoding, boolean required, OutputSettings settings) {

    /** The name of how its points are written. */
    public String format() {
      return encoding.format();
    }
  }

  /**
   * Block {@code delivery}.
   *
   * @param durability {@code memory}, {@code spill} or {@code sync}
   * @param minFreePercent of the file system
   * @param replayBytesPerSecond 0: as fast as the output takes it
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
