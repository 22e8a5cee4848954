package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.git.commit.CommitFiles;
import io.loda.common.config.Secrets;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.TreeFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a repository or a server does to whoever fetches from it. */
class HostileRepositoryTest {

  private static final int MAX_BYTES = 300_000;

  private Path folder;
  private TestRepository repository;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    folder = temporary;
    repository = new TestRepository(folder, "demo");
  }

  @AfterEach
  void close() {
    repository.close();
  }

  @Test
  void tooLargeAFileIsRefusedBeforeItIsWritten() throws Exception {
    // a few hundred bytes once it is packed
    Files.write(repository.work.resolve("zeros"), new byte[MAX_BYTES + 1]);

    refused("is larger than plugins.max-repository (300000 bytes)");
  }

  @Test
  void smallFilesThatAreTooLargeTogetherAreRefused() throws Exception {
    for (int i = 0; i < 4; i++) {
      Files.write(repository.work.resolve("same" + i), new byte[MAX_BYTES / 4 + 1]);
    }

    refused("is larger than plugins.max-repository (300000 bytes)");
  }

  @Test
  void packThatIsTooLargeIsRefused() throws Exception {
    byte[] noise = new byte[MAX_BYTES - 10];
    new java.util.Random(1).nextBytes(noise);
    Files.write(repository.work.resolve("noise"), noise);

    // the work tree alone would fit
    refused("is larger than plugins.max-repository (300000 bytes)");
  }

  @Test
  void tooManyFilesAreRefused() throws Exception {
    for (int i = 0; i <= CommitFiles.MAX_FILES; i++) {
      Files.createFile(repository.work.resolve("file" + i));
    }

    refused("has more than 5000 files");
  }

  private void refused(String reason) throws Exception {
    repository.push("release", "x");
    try (Checkouts checkouts =
        new Checkouts(
            folder, new PluginsConfig(folder.resolve("plugins")).maxRepositoryBytes(MAX_BYTES))) {
      assertThatThrownBy(() -> checkouts.checkout(repository.address()))
          .hasMessageContaining("git " + repository.address() + " " + reason);
      assertThat(checkouts.versions()).isEmpty();
      assertThat(checkouts.link).doesNotExist();
    }
  }

  /** Trees that no git makes: what is written below such a name is not below the checkout. */
  @ParameterizedTest
  @ValueSource(strings = {"..", ".", ".git", ".GIT", "../outside", "link"})
  void treeThatLeadsOutOfTheCheckoutIsRefused(String name) throws Exception {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    try (ObjectInserter objects = repository.objects()) {
      ObjectId file = objects.insert(Constants.OBJ_BLOB, "#!/bin/sh".getBytes(UTF_8));
      TreeFormatter below = new TreeFormatter();
      below.append("written", FileMode.EXECUTABLE_FILE, file);
      TreeFormatter root = new TreeFormatter();
      if (name.equals("link")) {
        // the same name twice: a link, and a folder whose files would be written through it
        root.append(
            name,
            FileMode.SYMLINK,
            objects.insert(Constants.OBJ_BLOB, outside.toString().getBytes(UTF_8)));
      }
      root.append(name.getBytes(UTF_8), FileMode.TREE, objects.insert(below));
      repository.commit("release", objects, objects.insert(root));
    }

    try (Checkouts checkouts = Checkouts.inProcess(folder)) {
      assertThatThrownBy(() -> checkouts.checkout(repository.address()))
          .hasMessageContaining("can't be cloned: ");
      assertThat(outside).isEmptyDirectory();
      try (Stream<Path> all = Files.walk(folder)) {
        assertThat(all.filter(path -> path.endsWith("written"))).isEmpty();
      }
      assertThat(checkouts.versions()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"https", "ssh", "git"})
  void silentServerEndsByTheTimeOut(String scheme) throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Checkouts checkouts =
            new Checkouts(
                folder,
                new PluginsConfig(folder.resolve("plugins")).gitTimeout(Duration.ofSeconds(2)))) {
      String address = scheme + "://me@127.0.0.1:" + silent.getLocalPort() + "/group/demo.git";

      // await knows a deadline, which tells this from a server that is waited for
      assertThatThrownBy(() -> checkouts.checkout(address))
          .isInstanceOf(CompletionException.class)
          .message()
          .containsAnyOf("can't be read: ", "took longer than plugins.git-timeout (2 s)");
    }
  }

  @Test
  void silentServerIsLeftLongBeforeTheDeadline() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Checkouts checkouts =
            new Checkouts(
                folder,
                new PluginsConfig(folder.resolve("plugins")).gitTimeout(Duration.ofSeconds(30)))) {
      assertThatThrownBy(
              () -> checkouts.checkout("git://127.0.0.1:" + silent.getLocalPort() + "/demo.git"))
          .hasMessageContaining("said nothing for 10 s");
    }
  }

  @Test
  void whatAServerSaysIsOneLineWithoutControlCharacters() throws Exception {
    try (HostileServer server = HostileServer.thatSays("no\u001b[2J\nERROR all is lost");
        Checkouts checkouts = new Checkouts(folder)) {
      assertThatThrownBy(() -> checkouts.checkout(server.address()))
          .hasMessageContaining("can't be read: ")
          .hasMessageContaining("no [2J ERROR all is lost");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://me:sEcReT@127.0.0.1:1/group/demo.git",
        "https://sEcReT@127.0.0.1:1/group/demo.git",
        "https://me:a@sEcReT@127.0.0.1:1/group/demo.git",
        "ssh://me:sEcReT@127.0.0.1:1/group/demo.git",
        "http://me:sEcReT@127.0.0.1:1/group/demo.git",
      })
  void errorsHoldNoPassword(String address) {
    try (Checkouts checkouts = new Checkouts(folder)) {
      assertThatThrownBy(() -> checkouts.checkout(address))
          .satisfies(
              e -> {
                StringWriter all = new StringWriter();
                e.printStackTrace(new PrintWriter(all));
                assertThat(all.toString())
                    .contains("127.0.0.1:1/group/demo.git")
                    .doesNotContain("sEcReT");
              });
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "git@example.com:group/demo.git",
        "ssh://git@example.com/group/demo.git",
        "https://example.com/group/demo.git",
        "file:///srv/demo.git",
      })
  void addressesWithoutSecretsAreShownWhole(String address) {
    assertThat(Secrets.hidden(address)).isEqualTo(address);
  }
}
