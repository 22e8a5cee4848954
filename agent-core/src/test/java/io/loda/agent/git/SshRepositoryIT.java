package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.PluginsConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetches over ssh, from a real sshd. */
class SshRepositoryIT {

  private Path home;
  private Path knownHosts;
  private SshServer server;
  private TestRepository repository;
  private Checkouts checkouts;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    home = folder.resolve("home");
    knownHosts = home.resolve(".ssh/known_hosts");
    server = new SshServer(folder.resolve("sshd"));
    repository = new TestRepository(folder, "demo");
    repository.push("release", "over ssh");
    checkouts = new Checkouts(folder);
  }

  @AfterEach
  void close() throws Exception {
    checkouts.close();
    repository.close();
    server.close();
  }

  @Test
  void hostThatIsNotKnownIsTakenAndWrittenDown() throws Exception {
    server.letIn(home);

    checkouts.checkout(server.address(repository.bare));

    assertThat(checkouts.content()).isEqualTo("over ssh");
    assertThat(Files.readString(knownHosts).strip())
        .startsWith("[127.0.0.1]:" + server.port + " ssh-ed25519 ");
    String commit = repository.push("release", "newer");
    assertThat(checkouts.update(server.address(repository.bare))).isEqualTo(commit);
    assertThat(checkouts.content()).isEqualTo("newer");
    assertThat(Files.readString(knownHosts).strip().lines()).hasSize(1);
  }

  @Test
  void hostWhoseKeyChangedIsRefused() throws Exception {
    server.letIn(home);
    checkouts.checkout(server.address(repository.bare));
    String before = Files.readString(knownHosts);

    server.changeHostKey();

    assertThatThrownBy(() -> checkouts.update(server.address(repository.bare)))
        .hasMessageContaining("can't be read: ")
        .hasMessageContaining("known_hosts");
    assertThat(knownHosts).hasContent(before);
    assertThat(checkouts.content()).isEqualTo("over ssh");
  }

  @Test
  void keyThatIsNotLetInIsAnErrorThatSaysSo() throws Exception {
    server.letIn(home);
    server.letIn(home.resolveSibling("another"));

    assertThatThrownBy(() -> checkouts.checkout(server.address(repository.bare)))
        .hasMessageContaining("can't be read: ")
        .hasMessageContaining("publickey");
  }

  @Test
  void homeWithoutKeysIsAnErrorThatSaysSo() {
    assertThatThrownBy(() -> checkouts.checkout(server.address(repository.bare)))
        .hasMessageContaining("can't be read: ")
        .hasMessageContaining("publickey");
  }

  @Test
  void whatIsConfiguredStandsInForTheHomeFolder(@TempDir Path folder) throws Exception {
    Path key = folder.resolve("deploy_key");
    server.letInWith(key);
    Path known = Files.writeString(folder.resolve("known"), server.knownHost());
    String before = Files.readString(known);
    PluginsConfig config =
        new PluginsConfig(folder.resolve("plugins"))
            .ssh(key, System.getProperty("user.name"), known, true);

    try (Checkouts configured = new Checkouts(folder, config)) {
      configured.checkout(server.addressWithoutUser(repository.bare));

      assertThat(configured.content()).isEqualTo("over ssh");
      assertThat(known).hasContent(before);
      server.changeHostKey();
      assertThatThrownBy(() -> configured.update(server.addressWithoutUser(repository.bare)))
          .hasMessageContaining("can't be read: ");
    }
  }

  @Test
  void strictRefusesAHostThatIsNotKnown(@TempDir Path folder) throws Exception {
    Path key = folder.resolve("deploy_key");
    server.letInWith(key);
    Path known = folder.resolve("known");
    PluginsConfig config = new PluginsConfig(folder.resolve("plugins")).ssh(key, "", known, true);

    try (Checkouts strict = new Checkouts(folder, config)) {
      assertThatThrownBy(() -> strict.checkout(server.address(repository.bare)))
          .hasMessageContaining("can't be read: ");
    }
    assertThat(known).doesNotExist();
  }

  @Test
  void repositoryThatIsNotThereIsNamed() throws Exception {
    server.letIn(home);
    String address = server.address(home.resolve("none.git"));

    assertThatThrownBy(() -> checkouts.checkout(address))
        .hasMessageContaining("git " + address + " can't be read: ");
  }
}
