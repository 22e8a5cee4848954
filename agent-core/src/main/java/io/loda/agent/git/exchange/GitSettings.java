package io.loda.agent.git.exchange;

import io.loda.agent.config.AgentConfig;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;

/**
 * The settings of fetches, the same for all repositories.
 *
 * @param branch the short name of the branch to run
 * @param timeout of a whole fetch
 * @param home has {@code .ssh}
 * @param sshKey empty: those in {@code .ssh}, if they may be used
 * @param homeKeys whether the keys and the configuration in {@code .ssh} may be used
 * @param sshUser for an address without one; may be empty
 * @param knownHosts the file; empty: that of {@code .ssh}, or of its configuration
 * @param strict true: refuse a host that isn't in it
 * @param keyring that commits have to be signed with; empty: they needn't be signed
 */
public record GitSettings(
    String branch,
    Duration timeout,
    long maxBytes,
    Path home,
    String sshKey,
    boolean homeKeys,
    String sshUser,
    String knownHosts,
    boolean strict,
    String keyring) {

  public static final int MAX_KEYRING_BYTES = 16 << 20;

  /** Settings for the child. */
  private static final String NO_KEYRING = "";

  private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(1);
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(20);

  public static GitSettings of(AgentConfig.Plugins config, Path home) {
    AgentConfig.Git git = config.git();
    return new GitSettings(
        config.branch(),
        config.gitTimeout(),
        config.maxRepositoryBytes(),
        home,
        git.sshKey() == null ? "" : git.sshKey().toString(),
        git.homeKeys() || isSurelyNotRoot(),
        git.sshUser(),
        git.knownHosts() == null ? "" : git.knownHosts().toString(),
        git.strictHostKeys(),
        git.keyring() == null ? "" : git.keyring().toString());
  }

  private static boolean isSurelyNotRoot() {
    try {
      return !Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  static GitSettings from(Properties properties) {
    return new GitSettings(
        properties.getProperty("branch"),
        Duration.ofMillis(Long.parseLong(properties.getProperty("timeout"))),
        Long.parseLong(properties.getProperty("max-bytes")),
        Path.of(properties.getProperty("home")),
        properties.getProperty("ssh-key"),
        Boolean.parseBoolean(properties.getProperty("home-keys")),
        properties.getProperty("ssh-user"),
        properties.getProperty("known-hosts"),
        Boolean.parseBoolean(properties.getProperty("strict")),
        NO_KEYRING);
  }

  void to(Properties properties) {
    properties.setProperty("branch", branch);
    properties.setProperty("timeout", Long.toString(timeout.toMillis()));
    properties.setProperty("max-bytes", Long.toString(maxBytes));
    properties.setProperty("home", home.toString());
    properties.setProperty("ssh-key", sshKey);
    properties.setProperty("home-keys", Boolean.toString(homeKeys));
    properties.setProperty("ssh-user", sshUser);
    properties.setProperty("known-hosts", knownHosts);
    properties.setProperty("strict", Boolean.toString(strict));
  }

  /** Returns the same with copies of its files. */
  public GitSettings with(Path home, String sshKey, String knownHosts) {
    return new GitSettings(
        branch, timeout, maxBytes, home, sshKey, homeKeys, sshUser, knownHosts, strict, NO_KEYRING);
  }

  /** Returns the file that is searched first for a server's key. */
  public Path knownHostsFile() {
    return knownHosts.isEmpty() ? home.resolve(".ssh").resolve("known_hosts") : Path.of(knownHosts);
  }

  public boolean signedOnly() {
    return !keyring.isEmpty();
  }

  /** Returns a digest of the current keyring; empty if it is empty or can't be read. Blocks. */
  public String keys() {
    try {
      byte[] keys = SafeFiles.readBytes(Path.of(keyring), MAX_KEYRING_BYTES);
      return keys.length == 0 ? "" : Origin.digest(keys);
    } catch (IOException e) {
      return "";
    }
  }

  /** Returns the time-out for connecting, for the login, and for silence after that. */
  public Duration silence() {
    Duration third = timeout.dividedBy(3);
    Duration silence = third.compareTo(LONGEST_SILENCE) < 0 ? third : LONGEST_SILENCE;
    // zero seconds mean no time-out to JGit
    return silence.compareTo(SHORTEST_SILENCE) < 0 ? SHORTEST_SILENCE : silence;
  }
}
