package io.loda.agent.git.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.git.Checkouts;
import io.loda.agent.git.OwnFetchUsers;
import io.loda.agent.git.PluginRepositories;
import io.loda.agent.git.exchange.GitAnswer;
import io.loda.agent.git.exchange.GitRequest;
import io.loda.agent.git.exchange.GitSettings;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.common.files.SafeFiles;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A child that a server has taken over: it does what it likes, with its user's rights. */
class HostileChildTest {

  private static final String COMMIT = "c".repeat(40);
  private static final String ANSWER =
      "echo '{\"commit\":\"" + COMMIT + "\",\"cloned\":true}'; exit 0";

  private Path folder;
  private Path home;
  private Path report;
  private Path target;
  private Vertx vertx;
  private ScriptRunner runner;
  private Workplaces places;
  private int uid;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    assumeTrue(OwnFetchUsers.ROOT, "only root gives children users of their own");
    folder = OwnFetchUsers.reachable(temporary);
    home = folder.resolve("home");
    Files.createDirectories(home.resolve(".ssh"));
    report = Files.createFile(folder.resolve("report"));
    Files.setPosixFilePermissions(report, PosixFilePermissions.fromString("rw-rw-rw-"));
    target = folder.resolve("plugins/ns/.versions/demo/.unfinished");
    Files.createDirectories(Objects.requireNonNull(target.getParent()));
    vertx = Vertx.vertx();
    runner = OwnFetchUsers.runner(vertx, folder.resolve("data"));
    places = PluginRepositories.workplaces(config().build(), OwnFetchUsers.of(runner));
    uid = OwnFetchUsers.of(runner).of(0).orElseThrow().id();
  }

  @AfterEach
  void close() {
    if (vertx != null) {
      Checkouts.await(runner.close());
      Checkouts.await(vertx.close());
    }
  }

  private PluginsConfig config() {
    return new PluginsConfig(folder.resolve("plugins"));
  }

  /** A child that is a shell with this script, in its place, instead of what fetches. */
  private GitAnswer fetch(String address, PluginsConfig config, String... script) throws Exception {
    Path program = folder.resolve("program");
    Path source = Files.createDirectories(program.resolve("io/loda/agent")).resolve("Main.java");
    Files.writeString(folder.resolve("script"), String.join("\n", script) + "\n");
    Files.writeString(
        source,
        """
        package io.loda.agent;
        public class Main {
          public static void main(String[] arguments) throws Exception {
            ProcessBuilder shell = new ProcessBuilder("sh", "%s").inheritIO();
            shell.directory(new java.io.File(System.getProperty("user.home")));
            System.exit(shell.start().waitFor());
          }
        }
        """
            .formatted(folder.resolve("script")));
    assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()))
        .isZero();
    try (FetchProcess fetcher =
        new FetchProcess(new FetchClasses(program.toString(), List.of()), places)) {
      return fetcher.fetch(
          new GitRequest(address, "", target, List.of(), GitSettings.of(config.build(), home)));
    }
  }

  private GitAnswer fetch(String... script) throws Exception {
    return fetch("file:///srv/demo.git", config(), script);
  }

  private String report() throws IOException {
    return Files.readString(report);
  }

  private List<Long> processes() throws IOException {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.filter(this::isTheirs).map(ProcessHandle::pid).toList();
    }
  }

  private boolean isTheirs(ProcessHandle process) {
    try {
      Path status = Path.of("/proc", Long.toString(process.pid()), "status");
      String text = Files.readString(status);
      // one that has ended, and waits to be looked at, is none
      return text.contains("\nUid:\t" + uid + "\t") && !text.contains("\nState:\tZ");
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void isAUserOfItsOwnWithoutGroupsAndCapabilities() throws Exception {
    fetch(
        "id -u >>" + report,
        "id -G >>" + report,
        "grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs' /proc/self/status | cut -f2 >>" + report,
        "mkdir new; " + ANSWER);

    assertThat(uid).isGreaterThan(1_000);
    String none = "0".repeat(16);
    assertThat(report().lines())
        .containsExactly("" + uid, "" + uid, none, none, none, none, none, "1");
  }

  @Test
  void seesNothingOfRootsAndWritesNothingOfTheAgents() throws Exception {
    Path canary = Files.writeString(folder.resolve("canary"), "secret");
    Files.setPosixFilePermissions(canary, PosixFilePermissions.fromString("rw-------"));
    Path version = Files.createDirectories(target.resolveSibling(COMMIT));
    Files.writeString(version.resolve("plugin.sh"), "good");
    try (Workplace other = places.open()) {
      Path key = other.write("key", "theirs".getBytes(UTF_8));
      uid = OwnFetchUsers.of(runner).of(1).orElseThrow().id();

      fetch(
          "cat " + canary + " " + key + " >>" + report + " 2>/dev/null",
          "ls " + other.folder() + " >>" + report + " 2>/dev/null",
          "echo bad 2>/dev/null >" + version.resolve("plugin.sh"),
          "for name in " + target.getParent() + " " + version + " " + folder + "; do",
          "  echo bad 2>/dev/null >$name/new && echo wrote $name >>" + report,
          "done",
          "kill -9 " + ProcessHandle.current().pid() + " 2>/dev/null && echo killed >>" + report,
          "mkdir new; " + ANSWER);
    }

    assertThat(report()).isEmpty();
    assertThat(version.resolve("plugin.sh")).hasContent("good");
  }

  @Test
  void whatItLeavesRunningIsEndedAndWhatItLeavesLyingIsGone() throws Exception {
    Path left = Path.of("/tmp/left-by-" + uid);

    fetch(
        "touch " + left + " /dev/shm/left-by-" + uid,
        "for i in 1 2 3; do setsid sh -c 'trap \"\" TERM HUP; sleep 1000 & sleep 1000' & done",
        "mkdir new; echo x >new/file; " + ANSWER);

    assertThat(processes()).isEmpty();
    assertThat(left).doesNotExist();
    assertThat(Path.of("/dev/shm/left-by-" + uid)).doesNotExist();
    assertThat(folder.resolve("plugins/.fetch")).isEmptyDirectory();
    assertThat(target.resolve("file")).hasContent("x\n");
    assertThat(Files.getAttribute(target.resolve("file"), "unix:uid")).isEqualTo(0);
  }

  @Test
  void whatItStartedIsEndedAtTheDeadlineToo() throws Exception {
    assertThatThrownBy(
            () ->
                fetch(
                    "file:///srv/demo.git",
                    config().gitTimeout(Duration.ofSeconds(5)),
                    "setsid sleep 1000 &",
                    "sleep 1000"))
        .hasMessageContaining("took longer than plugins.git-timeout (5 s)");

    await().untilAsserted(() -> assertThat(processes()).isEmpty());
    assertThat(target).doesNotExist();
  }

  @Test
  void floodOfAnswersIsReadNoFurtherThanItsBeginning() {
    assertThatThrownBy(() -> fetch("setsid yes & sleep 1; mkdir new; " + ANSWER))
        .hasMessageStartingWith("answered \"y")
        .message()
        .hasSizeLessThan(300);
    assertThat(target).doesNotExist();
  }

  @Test
  void linksAreTakenOverAsLinksAndFilesOfOthersNotAtAll() throws Exception {
    fetch("mkdir new; ln -s /etc new/link; " + ANSWER);
    assertThat(target.resolve("link")).isSymbolicLink();

    SafeFiles.deleteTree(target);
    assertThatThrownBy(() -> fetch("ln -s / new; " + ANSWER)).isInstanceOf(IOException.class);
    assertThat(target).doesNotExist();
  }

  @Test
  void keysAreHandedOnlyToChildrenThatAskBySsh() throws Exception {
    Path key = Files.writeString(folder.resolve("key"), "the key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    PluginsConfig config = config().ssh(key, "", folder.resolve("known"), false);
    String look = "find . -type f -exec cat {} + >>" + report + "; mkdir new; " + ANSWER;

    fetch("git://127.0.0.1/demo.git", config, look);
    SafeFiles.deleteTree(target);
    fetch("https://127.0.0.1/demo.git", config, look);
    assertThat(report()).isEmpty();

    SafeFiles.deleteTree(target);
    fetch("ssh://127.0.0.1/demo.git", config, look);
    assertThat(report()).isEqualTo("the key");
  }

  @Test
  void vouchesForNoOtherServerAndForNoneAnew() throws Exception {
    Path known = Files.writeString(folder.resolve("known"), "known.example ssh-ed25519 AAAA\n");
    PluginsConfig config = config().ssh(folder.resolve("none"), "", known, false);
    String lie =
        "printf '%s\\n' 'git.example ssh-ed25519 BBBB' '*,git.example2 ssh-ed25519 CCCC'"
            + " 'asked.example,10.1.2.3,git.example ssh-ed25519 DDDD'"
            + " 'known.example ssh-ed25519 EEEE' '@cert-authority asked.example ssh-rsa FFFF'"
            + " >>known_hosts; mkdir new; ";

    fetch("ssh://git@known.example/a/demo.git", config, lie + ANSWER);
    assertThat(known).hasContent("known.example ssh-ed25519 AAAA\n");

    SafeFiles.deleteTree(target);
    fetch("git@asked.example:a/demo.git", config, lie + ANSWER);
    assertThat(known)
        .hasContent("known.example ssh-ed25519 AAAA\nasked.example ssh-ed25519 DDDD\n");
  }

  @Test
  void copyOfKnownHostsThatBecameALinkIsNotFollowed() throws Exception {
    Path canary = Files.writeString(folder.resolve("canary"), "asked.example ssh-rsa AAAA\n");
    Path known = folder.resolve("known");
    PluginsConfig config = config().ssh(folder.resolve("none"), "", known, false);

    fetch(
        "git@asked.example:a/demo.git",
        config,
        "ln -s " + canary + " known_hosts; mkdir new; " + ANSWER);

    assertThat(known).doesNotExist();
  }
}
