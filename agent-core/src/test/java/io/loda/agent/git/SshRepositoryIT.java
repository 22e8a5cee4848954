package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.git.fetch.FetchProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

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
  void hostWhoseKeyCanNotBeWrittenDownIsTakenAndSaidToBe(@TempDir Path folder) throws Exception {
    Path key = folder.resolve("deploy_key");
    server.letInWith(key);
    Path noFolder = Files.createFile(folder.resolve("file"));
    Path known = noFolder.resolve("known_hosts");
    PluginsConfig config = new PluginsConfig(folder.resolve("plugins")).ssh(key, "", known, false);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    Logger logger = (Logger) LoggerFactory.getLogger(FetchProcess.class);
    logger.addAppender(lines);

    try (Checkouts configured = new Checkouts(folder, config)) {
      configured.checkout(server.address(repository.bare));

      assertThat(configured.content()).isEqualTo("over ssh");
    } finally {
      logger.detachAppender(lines);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .singleElement(STRING)
        .startsWith("git " + server.address(repository.bare) + ": the key of ")
        .contains("127.0.0.1", server.port + " is accepted unverified", known + " can't be written")
        .doesNotContain("\n");
  }

  @Test
  void hostWhoseKeyChangedIsRefused() throws Exception {
    server.letIn(home);
    checkouts.checkout(server.address(repository.bare));
    String before = Files.readString(knownHosts);

    server.changeHostKey();

    assertThatThrownBy(() -> checkouts.update(server.address(repository.bare)))
        .hasMessageContaining("Server key did not validate")
        .hasMessageContaining(
            "do ssh-keygen -f " + knownHosts + " -R [127.0.0.1]:" + server.port + " as");
    assertThat(knownHosts).hasContent(before);
    assertThat(checkouts.content()).isEqualTo("over ssh");
  }

  @Test
  void keyThatIsNotLetInIsAnErrorThatSaysSo() throws Exception {
    server.letIn(home);
    server.letIn(home.resolveSibling("another"));

    assertThatThrownBy(() -> checkouts.checkout(server.address(repository.bare)))
        .hasMessageContaining("can't be read: ")
        .hasMessageContaining("server refused ssh-ed25519 key ~/.ssh/id_ed25519");
  }

  @Test
  void rootsKeysAreOfferedToNobodyUnlessThatIsConfigured(@TempDir Path folder) throws Exception {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    server.letIn(home);
    Path key = home.resolve(".ssh/id_ed25519");
    Files.writeString(home.resolve(".ssh/config"), "Host *\n  IdentityFile " + key + "\n");
    PluginsConfig config = new PluginsConfig(folder.resolve("plugins")).noKey();

    try (Checkouts keyless = new Checkouts(Objects.requireNonNull(home.getParent()), config)) {
      assertThatThrownBy(() -> keyless.checkout(server.address(repository.bare)))
          .hasMessageContaining("publickey: no keys to try")
          .hasMessageContaining("set plugins.ssh.key to a key without a passphrase, or to home");
    }
    checkouts.checkout(server.address(repository.bare));
    assertThat(checkouts.content()).isEqualTo("over ssh");
  }

  @Test
  void homeWithoutKeysIsAnErrorThatSaysSo() {
    assertThatThrownBy(() -> checkouts.checkout(server.address(repository.bare)))
        .hasMessageContaining("can't be read: ")
        .hasMessageContaining("publickey: no keys to try")
        .hasMessageContaining("in " + home.resolve(".ssh") + " as the agent's user");
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
          .hasMessageContaining("Server key did not validate")
          .hasMessageContaining("ssh-keygen -f " + known + " -R");
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
          .hasMessageContaining("Server key did not validate")
          .hasMessageContaining(known + " has another key")
          .hasMessageContaining("plugins.ssh.host-keys = strict");
    }
    assertThat(known).doesNotExist();
  }

  @Test
  void keyFileThatIsNotThereIsNamed(@TempDir Path folder) throws Exception {
    server.letIn(home);
    Path key = folder.resolve("none");
    PluginsConfig config =
        new PluginsConfig(folder.resolve("plugins")).ssh(key, "", knownHosts, false);

    try (Checkouts configured = new Checkouts(folder, config)) {
      assertThatThrownBy(() -> configured.checkout(server.address(repository.bare)))
          .hasMessageContaining("plugins.ssh.key " + key + " can't be read");
    }
  }

  @Test
  void fetchThatIsCutInTheMiddleLeavesNothingAndTheNextTryWorks() throws Exception {
    server.letIn(home);
    checkouts.checkout(server.address(repository.bare));
    byte[] noise = new byte[4 << 20];
    new Random(1).nextBytes(noise);
    Files.write(repository.work.resolve("noise"), noise);
    String commit = repository.push("release", "newer");

    try (CuttingProxy proxy = new CuttingProxy(server.port, 1 << 20)) {
      String address =
          server.address(repository.bare).replace(":" + server.port, ":" + proxy.port());
      assertThatThrownBy(() -> checkouts.update(address)).hasMessageContaining("can't be cloned: ");
      assertThat(proxy.hasCut()).isTrue();
    }

    assertThat(checkouts.content()).isEqualTo("over ssh");
    assertThat(checkouts.versions()).hasSize(1).doesNotContain(commit);
    assertThat(checkouts.update(server.address(repository.bare))).isEqualTo(commit);
    assertThat(checkouts.content()).isEqualTo("newer");
  }

  @Test
  void versionInForceGoesOnWhateverReferenceIsAskedFor() throws Exception {
    server.letIn(home);
    String address = server.address(repository.bare);
    String next = repository.push("next", "next");
    checkouts.checkout(address);

    assertThat(checkouts.look(address, "v9").asAsked()).isFalse();
    assertThatThrownBy(() -> checkouts.update(address, "v9"))
        .hasMessageContaining("has no branch and no tag v9");
    assertThat(checkouts.content()).isEqualTo("over ssh");
    assertThat(checkouts.look(address, "").asAsked()).isTrue();

    assertThat(checkouts.update(address, "next")).isEqualTo(next);
    server.close();
    assertThat(checkouts.look(address, "").asAsked()).isFalse();
    assertThatThrownBy(() -> checkouts.update(address)).hasMessageContaining("can't be read");
    assertThat(checkouts.content()).isEqualTo("next");
    assertThat(checkouts.look(address, "next").asAsked()).isTrue();
  }

  @Test
  void versionThatKeepsFailingIsTakenBack() throws Exception {
    server.letIn(home);
    String address = server.address(repository.bare);
    checkouts.checkout(address);
    checkouts.ran(true);
    String bad = repository.push("release", "bad");
    checkouts.update(address);

    for (int i = 0; i < 3; i++) {
      checkouts.ran(bad, false);
    }

    await().until(() -> checkouts.content().equals("over ssh"));
    assertThatThrownBy(() -> checkouts.update(address))
        .hasMessageContaining("nothing newer than " + bad);
    String better = repository.push("release", "better");
    assertThat(checkouts.update(address)).isEqualTo(better);
    assertThat(checkouts.content()).isEqualTo("better");
  }

  @Test
  void passwordIsNowhereInTheCheckout() throws Exception {
    server.letIn(home);
    // the key is enough for this server, so that there is a checkout to look through
    String address = server.address(repository.bare).replace("@", ":sEcReT@");

    checkouts.checkout(address);

    assertThat(checkouts.content()).isEqualTo("over ssh");
    try (Stream<Path> all = Files.walk(checkouts.dir)) {
      List<Path> files = all.filter(Files::isRegularFile).toList();
      assertThat(files).isNotEmpty();
      for (Path file : files) {
        assertThat(Files.readString(file, ISO_8859_1)).as("%s", file).doesNotContain("sEcReT");
      }
    }
  }

  @Test
  void repositoryThatIsNotThereIsNamed() throws Exception {
    server.letIn(home);
    String address = server.address(home.resolve("none.git"));

    assertThatThrownBy(() -> checkouts.checkout(address))
        .hasMessageContaining("git " + address + " can't be read: ");
  }
}
