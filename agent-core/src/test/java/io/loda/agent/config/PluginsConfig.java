package io.loda.agent.config;

import io.loda.common.files.Trust;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Block {@code plugins} for tests: the defaults, and what a test sets otherwise. */
public final class PluginsConfig {

  private final Path dir;
  private final Map<String, String> env = new HashMap<>();
  private String user = "nobody";
  private AgentConfig.IdRange userIds = new AgentConfig.IdRange(59_000, 59_999);
  private boolean allowRoot;
  private List<Path> localRoots = List.of(Path.of("/"));
  private Duration gitTimeout = Duration.ofSeconds(60);
  private long maxRepositoryBytes = 64L << 20;
  private Path javaDir;
  private long maxOutputBytes = 1L << 20;
  private long maxScratchBytes = 256L << 20;
  private int maxConcurrent = 8;
  private int maxRuns = 64;
  private Duration autoUpdate = Duration.ZERO;
  private @Nullable Path keyring;
  private @Nullable Path sshKey;
  private boolean homeKeys = true;
  private String sshUser = "";
  private @Nullable Path knownHosts;
  private boolean strictHostKeys;
  private int maxSeries = 10_000;
  private AgentConfig.Limits limits =
      Configs.limits(Duration.ofSeconds(60), 1L << 30, 256, 256, 64L << 20);

  public PluginsConfig(Path dir) {
    this.dir = dir;
    this.javaDir = dir.resolve("java");
  }

  public PluginsConfig user(String value) {
    user = value;
    return this;
  }

  /** Each plugin gets a user of its own out of these. */
  public PluginsConfig userIds(long first, long last) {
    user = "auto";
    userIds = new AgentConfig.IdRange(first, last);
    return this;
  }

  public PluginsConfig localRoots(Path... value) {
    localRoots = List.of(value);
    return this;
  }

  public PluginsConfig allowRoot() {
    allowRoot = true;
    return this;
  }

  public PluginsConfig gitTimeout(Duration value) {
    gitTimeout = value;
    return this;
  }

  public PluginsConfig maxRepositoryBytes(long value) {
    maxRepositoryBytes = value;
    return this;
  }

  public PluginsConfig maxOutputBytes(long value) {
    maxOutputBytes = value;
    return this;
  }

  public PluginsConfig maxScratchBytes(long value) {
    maxScratchBytes = value;
    return this;
  }

  public PluginsConfig maxConcurrent(int value) {
    maxConcurrent = value;
    return this;
  }

  public PluginsConfig maxRuns(int value) {
    maxRuns = value;
    return this;
  }

  public PluginsConfig maxSeries(int value) {
    maxSeries = value;
    return this;
  }

  public PluginsConfig limits(AgentConfig.Limits value) {
    limits = value;
    return this;
  }

  public PluginsConfig env(String name, String value) {
    env.put(name, value);
    return this;
  }

  public PluginsConfig autoUpdate(Duration value) {
    autoUpdate = value;
    return this;
  }

  public PluginsConfig keyring(Path value) {
    keyring = value;
    return this;
  }

  /** Instead of what is in the home folder. */
  public PluginsConfig ssh(Path key, String user, Path known, boolean strict) {
    sshKey = key;
    homeKeys = false;
    sshUser = user;
    knownHosts = known;
    strictHostKeys = strict;
    return this;
  }

  /** As it is unless configured. */
  public PluginsConfig noKey() {
    homeKeys = false;
    return this;
  }

  public AgentConfig.Plugins build() {
    return new AgentConfig.Plugins(
        dir,
        user,
        userIds,
        allowRoot,
        localRoots,
        "release",
        "",
        gitTimeout,
        maxRepositoryBytes,
        javaDir,
        env,
        maxOutputBytes,
        maxScratchBytes,
        maxConcurrent,
        maxRuns,
        2,
        maxSeries,
        Duration.ofSeconds(10),
        Duration.ofSeconds(10),
        5,
        Duration.ofHours(24),
        limits,
        new AgentConfig.Git(
            autoUpdate, keyring, sshKey, homeKeys, sshUser, knownHosts, strictHostKeys),
        new Trust(Path.of("/opt/agent")));
  }
}
