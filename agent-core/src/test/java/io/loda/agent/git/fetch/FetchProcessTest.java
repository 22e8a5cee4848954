package io.loda.agent.git.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.git.Checkouts;
import io.loda.agent.git.HostileServer;
import io.loda.agent.git.PluginUpdate;
import io.loda.agent.git.TestRepository;
import io.loda.agent.git.child.GitFetch;
import io.loda.agent.git.exchange.GitRequest;
import io.loda.agent.git.exchange.GitSettings;
import io.vertx.core.Future;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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

/** The process that fetches: whatever happens to it, nothing half-way is used. */
public class FetchProcessTest {

  private Path folder;
  private TestRepository repository;
  private Checkouts checkouts;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    folder = temporary;
    repository = new TestRepository(folder, "demo");
    checkouts = new Checkouts(folder);
  }

  @AfterEach
  void close() {
    checkouts.close();
    repository.close();
  }

  @Test
  void fetchThatIsKilledInTheMiddleLeavesNothingAndTheNextTryWorks() throws Exception {
    repository.push("release", "one");
    checkouts.checkout(repository.address());
    String commit;
    Path content;
    try (ObjectInserter objects = repository.objects()) {
      ObjectId two = objects.insert(Constants.OBJ_BLOB, "two".getBytes(StandardCharsets.US_ASCII));
      TreeFormatter tree = new TreeFormatter();
      tree.append("plugin.sh", FileMode.EXECUTABLE_FILE, two);
      commit = repository.commit("release", objects, objects.insert(tree));
      content = repository.looseObject(two);
    }
    // whoever reads it waits for somebody to write to it: so it is in the middle for as long
    Path aside = Files.move(content, folder.resolve("two"));
    assertThat(new ProcessBuilder("mkfifo", content.toString()).start().waitFor()).isZero();
    List<Path> unfinished =
        List.of(
            checkouts.dir.resolve("ns/.versions/demo/.unfinished/.git"),
            checkouts.dir.resolve(".fetch/0/new/.git"),
            checkouts.dir.resolve(".fetch/1/new/.git"));

    Future<PluginUpdate> cut =
        checkouts.repositories.update("ns", "demo", repository.address(), "");
    await().until(() -> unfinished.stream().anyMatch(Files::exists));
    child().destroyForcibly();

    assertThatThrownBy(() -> Checkouts.await(cut))
        .hasMessageContaining("git-fetch ended with exit 137");
    assertThat(checkouts.content()).isEqualTo("one");
    assertThat(checkouts.versions()).hasSize(1).doesNotContain(commit);
    Files.move(aside, content, StandardCopyOption.REPLACE_EXISTING);
    assertThat(checkouts.update(repository.address())).isEqualTo(commit);
    assertThat(checkouts.content()).isEqualTo("two");
  }

  @Test
  void serverThatDripsIsEndedByTheDeadline() throws Exception {
    try (HostileServer server = HostileServer.thatDrips();
        Checkouts impatient =
            new Checkouts(
                folder.resolve("impatient"),
                new PluginsConfig(folder.resolve("impatient/plugins"))
                    .gitTimeout(Duration.ofSeconds(5)))) {
      assertThatThrownBy(() -> impatient.checkout(server.address()))
          .hasMessageContaining("took longer than plugins.git-timeout (5 s)");
      assertThat(impatient.versions()).isEmpty();
      assertThat(children()).isEmpty();
    }
  }

  @Test
  void closingEndsAFetchThatHangs() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Future<PluginUpdate> hanging =
          checkouts.repositories.update(
              "ns", "demo", "git://127.0.0.1:" + silent.getLocalPort() + "/group/demo.git", "");
      try (Socket asked = silent.accept()) {
        Checkouts.await(checkouts.repositories.close());

        await().until(() -> children().isEmpty());
        // comes to its end, because there is nobody at the other
        assertThat(asked.getInputStream().readAllBytes()).isNotNull();
      }
      await().until(hanging::isComplete);
    }
  }

  @Test
  void childSeesNothingOfTheAgentsEnvironmentAndItsCommandLineHoldsNoPassword() throws Exception {
    Future<PluginUpdate> hanging;
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      hanging =
          checkouts.repositories.update(
              "ns",
              "demo",
              "https://me:sEcReT@127.0.0.1:" + silent.getLocalPort() + "/group/demo.git",
              "");
      try (Socket asked = silent.accept()) {
        Path proc = Path.of("/proc", Long.toString(child().pid()));
        assertThat(Files.readString(proc.resolve("cmdline")))
            .contains("git-fetch")
            .doesNotContain("sEcReT");
        assertThat(Arrays.asList(Files.readString(proc.resolve("environ")).split("\0", -1)))
            .filteredOn(variable -> !variable.isEmpty())
            .allMatch(variable -> variable.startsWith("PATH=") || variable.equals("LANG=C.UTF-8"));
        try (InputStream request = asked.getInputStream()) {
          // a TLS handshake
          assertThat(request.read()).isEqualTo(22);
        }
      }
    }
    // only with the server gone: the JDK's client asks again where a connection just ends
    await().until(hanging::isComplete);
    assertThat(hanging.cause()).message().doesNotContain("sEcReT");
  }

  @Test
  void childEndsWithAnAgentThatIsKilled() throws Exception {
    // its standard input is the agent's end of a pipe, which a killed agent closes too
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String address = "git://127.0.0.1:" + silent.getLocalPort() + "/group/demo.git";
      Process child =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin/java").toString(),
                  io.loda.common.files.SafeFiles.JVM_OPTION,
                  "-cp",
                  System.getProperty("java.class.path"),
                  "io.loda.agent.Main",
                  GitFetch.COMMAND)
              .start();
      new GitRequest(
              address,
              "",
              folder.resolve("new"),
              List.of(),
              GitSettings.of(new PluginsConfig(folder).build(), folder))
          .writeTo(child.getOutputStream(), Map.of());
      try (Socket asked = silent.accept()) {
        assertThat(child.isAlive()).isTrue();

        child.getOutputStream().close();

        assertThat(child.waitFor(30, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
        assertThat(asked.isClosed()).isFalse();
      } finally {
        child.destroyForcibly();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-oProxyCommand=x",
        "--upload-pack=x",
        "ssh://-oProxyCommand=x/group/demo.git",
        "ext::sh -c x",
        "http://127.0.0.1/group/demo.git",
        "ftp://127.0.0.1/group/demo.git",
        "sftp://127.0.0.1/group/demo.git",
        "amazon-s3://bucket/demo.git",
        "/tmp/demo.git",
      })
  void otherTransportsAreRefused(String address) {
    assertThatThrownBy(() -> checkouts.checkout(address))
        .hasMessageContaining("expected https://, ssh://, git://, file:// or git@host");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "\0\0\0\0", "\0\0\0\u0009short", "not a request at all"})
  void whoCallsItByHandIsToldThatItIsForTheAgent(String input) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream ofThisJvm = System.err;
    try {
      int exit =
          GitFetch.run(
              new ByteArrayInputStream(input.getBytes(StandardCharsets.US_ASCII)),
              new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
              new PrintStream(err, true, StandardCharsets.UTF_8));
      assertThat(exit).isEqualTo(1);
    } finally {
      System.setErr(ofThisJvm);
    }
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("expected a request of the agent's on standard input");
  }

  private static ProcessHandle child() {
    return await().until(FetchProcessTest::children, all -> !all.isEmpty()).get(0);
  }

  /** The JDK's own gives the first 4 kB only. */
  private static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
    } catch (IOException e) {
      return "";
    }
  }

  /** Those of this JVM that fetch. */
  public static List<ProcessHandle> children() {
    return ProcessHandle.current()
        .children()
        .filter(ProcessHandle::isAlive)
        .filter(child -> commandLine(child).contains("git-fetch"))
        .toList();
  }
}
