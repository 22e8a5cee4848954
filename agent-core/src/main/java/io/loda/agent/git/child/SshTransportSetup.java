package io.loda.agent.git.child;

import io.loda.agent.git.exchange.GitSettings;
import io.loda.agent.git.exchange.KnownHosts;
import java.io.File;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.List;
import java.util.function.Consumer;
import org.eclipse.jgit.api.TransportConfigCallback;
import org.eclipse.jgit.internal.transport.sshd.OpenSshServerKeyDatabase;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.SshTransport;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.sshd.ServerKeyDatabase;
import org.eclipse.jgit.transport.sshd.SshdSessionFactory;
import org.eclipse.jgit.transport.sshd.SshdSessionFactoryBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Sets up SSH by Apache MINA, with the configured key, or with the keys, configuration and {@code
 * known_hosts} of the agent's user. Root's keys and configuration are used only if that is
 * configured, as otherwise anybody who assigns a repository could use them. A host that isn't in
 * {@code known_hosts} is accepted and saved, unless the configuration is strict; a host with a
 * changed key is refused.
 */
final class SshTransportSetup implements TransportConfigCallback, AutoCloseable {

  /** The time-out of a login, set here since JGit always waits 2 minutes. */
  private static final String LOGIN_TIMEOUT = "org.apache.sshd.config.auth-timeout";

  private final GitSettings settings;
  private final Consumer<String> warnings;

  /** Created when an address needs it, as loading its classes is expensive. */
  private @Nullable SshdSessionFactory sessions;

  private @Nullable SharedSession session;

  /**
   * Doesn't connect yet.
   *
   * @param warnings gets problems that don't fail the fetch
   */
  SshTransportSetup(GitSettings settings, Consumer<String> warnings) {
    this.settings = settings;
    this.warnings = warnings;
  }

  private SshdSessionFactory sessions() {
    JdkEd25519Registrar.register();
    System.setProperty(LOGIN_TIMEOUT, Long.toString(settings.silence().toMillis()));
    File homeFolder = settings.home().toFile();
    SshdSessionFactoryBuilder builder =
        new SshdSessionFactoryBuilder()
            .setHomeDirectory(homeFolder)
            .setSshDirectory(new File(homeFolder, ".ssh"))
            .setPreferredAuthentications("publickey")
            .setServerKeyDatabase(
                (folder, ssh) ->
                    // false: creates known_hosts without asking
                    new AcceptNew(
                        new OpenSshServerKeyDatabase(false, List.of(settings.knownHostsFile())),
                        settings,
                        warnings));
    if (!settings.homeKeys()) {
      // the configuration may name keys too
      builder.setConfigStoreFactory((folder, file, user) -> null);
      builder.setDefaultIdentities(ssh -> List.of());
    }
    if (!settings.sshKey().isEmpty()) {
      Path key = Path.of(settings.sshKey());
      builder.setDefaultIdentities(ssh -> List.of(key));
    }
    return builder.build(null);
  }

  @Override
  public void configure(Transport transport) {
    if (transport instanceof SshTransport ssh) {
      if (session == null) {
        sessions = sessions();
        session = new SharedSession(sessions);
      }
      ssh.setSshSessionFactory(session);
    }
  }

  @Override
  public void close() {
    if (session != null) {
      session.close();
    }
    if (sessions != null) {
      sessions.close();
    }
  }

  /** Accepts a new host key without asking. */
  private record AcceptNew(
      ServerKeyDatabase database, GitSettings settings, Consumer<String> warnings)
      implements ServerKeyDatabase {

    @Override
    public List<PublicKey> lookup(
        String address, InetSocketAddress remote, Configuration configuration) {
      return database.lookup(address, remote, configuration);
    }

    @Override
    public boolean accept(
        String address,
        InetSocketAddress remote,
        PublicKey key,
        Configuration configuration,
        @Nullable CredentialsProvider provider) {
      Configuration asked = new NeverAsk(configuration, settings);
      boolean accepted = database.accept(address, remote, key, asked, null);
      if (accepted && database.lookup(address, remote, asked).isEmpty()) {
        // warn: otherwise another server in its place would be accepted next time, too
        warnings.accept(KnownHosts.unseen(address, settings.knownHostsFile()));
      }
      return accepted;
    }
  }

  private record NeverAsk(ServerKeyDatabase.Configuration given, GitSettings settings)
      implements ServerKeyDatabase.Configuration {

    @Override
    public List<String> getUserKnownHostsFiles() {
      return settings.knownHosts().isEmpty()
          ? given.getUserKnownHostsFiles()
          : List.of(settings.knownHosts());
    }

    @Override
    public List<String> getGlobalKnownHostsFiles() {
      return settings.knownHosts().isEmpty() ? given.getGlobalKnownHostsFiles() : List.of();
    }

    @Override
    public StrictHostKeyChecking getStrictHostKeyChecking() {
      if (settings.strict()) {
        return StrictHostKeyChecking.REQUIRE_MATCH;
      }
      StrictHostKeyChecking configured = given.getStrictHostKeyChecking();
      return configured == StrictHostKeyChecking.ASK
          ? StrictHostKeyChecking.ACCEPT_NEW
          : configured;
    }

    @Override
    public boolean getHashKnownHosts() {
      return given.getHashKnownHosts();
    }

    @Override
    public String getUsername() {
      return given.getUsername();
    }
  }
}
