package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.system.Command;
import io.loda.agent.source.script.user.CheckoutFolder;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.files.Trust;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With {@code plugins.user = auto} a plugin sees and touches nothing of another. */
class OwnUserTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** Other test runs on the machine have other ones. */
  private static final long FIRST = 59_000 + ProcessHandle.current().pid() % 900;

  @TempDir private Path folder;

  private ScriptRuns runs;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can give plugins users of their own");
    runs =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("data"))
                .userIds(FIRST, FIRST + 99)
                .env("SECRET", "x"));
  }

  @AfterEach
  void stop() throws Exception {
    if (runs != null) {
      runs.close();
    }
  }

  private Future<RunResult> run(String project, Path plugin, String... arguments) {
    return runs.runner.run(
        () -> plugin,
        ScriptRuns.dueNow("ns", project, List.of(arguments), Duration.ofSeconds(60), TIMEOUT),
        OutputFormat.AUTO);
  }

  private static RunResult result(Future<RunResult> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @Test
  void eachHasAUserAndAGroupOfItsOwnAndNoOtherGroup() throws Exception {
    Path plugin = runs.plugin("id -u >&2; id -G >&2; echo $HOME >&2; exit 3");

    List<String> one = result(run("one", plugin)).stderr().lines().toList();
    List<String> other = result(run("other", plugin)).stderr().lines().toList();

    assertThat(one.get(0)).isEqualTo(one.get(1)).isNotEqualTo(other.get(0));
    assertThat(Long.parseLong(one.get(0))).isBetween(FIRST, FIRST + 99);
    assertThat(one.get(2)).endsWith("/.scratch/ns/one");
  }

  @Test
  void theOtherSeesNorTouchesAnythingOfIt() throws Exception {
    Path ready = folder.resolve("ready");
    Path done = folder.resolve("done");
    Files.createFile(ready);
    Files.createFile(done);
    for (Path file : List.of(ready, done)) {
      Files.setPosixFilePermissions(
          file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-rw-rw-"));
    }
    Path victim =
        runs.plugin(
            "echo kept >$PLUGIN_SCRATCH/file",
            "echo $$ $PLUGIN_SCRATCH >" + ready,
            "while [ ! -s " + done + " ]; do sleep 0.05; done",
            "[ \"$(ls $PLUGIN_SCRATCH)\" = file ] && [ \"$(cat $PLUGIN_SCRATCH/file)\" = kept ] || exit 9",
            "echo '[{\"name\":\"alive\",\"value\":1}]'");
    Path attacker =
        runs.plugin(
            "while [ ! -s " + ready + " ]; do sleep 0.05; done",
            "read -r pid scratch <" + ready,
            "cat /proc/$pid/environ >/dev/null 2>&1 && echo environment >&2",
            "(echo '[{\"name\":\"forged\",\"value\":1}]' >/proc/$pid/fd/1) 2>/dev/null && echo output >&2",
            "ls $scratch >/dev/null 2>&1 && echo listed >&2",
            "(echo x >$scratch/mine) 2>/dev/null && echo wrote >&2",
            "(echo x >$scratch/file) 2>/dev/null && echo overwrote >&2",
            "kill -9 $pid 2>/dev/null && echo killed >&2",
            "echo x >" + done,
            "kill -9 -1");

    Future<RunResult> attacked = run("victim", victim);
    RunResult attack = result(run("attacker", attacker));

    assertThat(attack.stderr()).isEmpty();
    RunResult result = result(attacked);
    assertThat(result.ok()).as("%s", result).isTrue();
    assertThat(result.metrics()).singleElement().extracting(m -> m.name()).isEqualTo("alive");
  }

  @Test
  void manyProcessesOfOneLeaveAnotherAll() throws Exception {
    Path hog =
        runs.plugin(
            "i=0; while [ $i -lt 200 ]; do sleep 5 & i=$((i+1)); done 2>/dev/null; sleep 3; exit 0");
    Path modest = runs.plugin("sleep 0.2 & sleep 0.2 & wait; echo '[]'");

    Future<RunResult> hogs = run("hog", hog);

    for (int i = 0; i < 5; i++) {
      assertThat(result(run("modest", modest)).ok()).isTrue();
    }
    result(hogs);
  }

  @Test
  void aScratchFolderOfTheUserBeforeIsHandedOver() throws Exception {
    Path scratch = folder.resolve("data/.scratch/ns/one");
    Files.createDirectories(scratch.resolve("below"));
    Files.writeString(scratch.resolve("below/state"), "kept\n");
    Path roots = Files.writeString(folder.resolve("roots"), "root's\n");
    Files.createSymbolicLink(scratch.resolve("link"), roots);
    assertThat(Command.run(List.of("chown", "-hR", "65534:65534", scratch.toString()))).isTrue();
    Path plugin =
        runs.plugin(
            "cat $PLUGIN_SCRATCH/below/state >&2; echo more >>$PLUGIN_SCRATCH/below/state || exit 9",
            "exit 3");

    RunResult result = result(run("one", plugin));

    assertThat(result.stderr()).isEqualTo("kept\n");
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(PluginUser.ownerOf(roots)).isZero();
  }

  @Test
  void aCheckoutIsForItsGroupOnlyAlsoOneOfAnOlderAgent() throws Exception {
    Path versions = Files.createDirectories(folder.resolve("data/ns/.versions/one"));
    Path version = Files.createDirectory(versions.resolve("c0ffee"));
    ScriptRuns.write(version.resolve("plugin.sh"), "#!/bin/sh", "echo secret >&2; exit 3");
    Path link = Files.createSymbolicLink(folder.resolve("data/ns/one"), version);
    Path reader = runs.plugin("cat " + version + "/plugin.sh >&2");

    PluginUser user = runs.runner.users().of("ns", "one");
    Path ready = CheckoutFolder.version(link, user);

    assertThat(Files.getAttribute(versions, "unix:mode")).isEqualTo(040750);
    assertThat(Files.getAttribute(versions, "unix:gid")).isEqualTo((int) user.uid());
    assertThat(Files.getAttribute(versions, "unix:uid")).isEqualTo(0);
    assertThat(result(run("one", ready)).stderr()).isEqualTo("secret\n");
    assertThat(result(run("other", reader)).stderr()).contains("Permission denied");
  }

  @Test
  void aFolderThatItCannotReachIsCopiedForItsGroupOnly() throws IOException {
    Path hidden = Files.createDirectories(folder.resolve("hidden/plugin"));
    ScriptRuns.write(hidden.resolve("plugin.sh"), "#!/bin/sh", "echo '[]'");
    Files.setPosixFilePermissions(
        hidden.getParent(), java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
    Path copies = folder.resolve("data/.copies/ns");
    for (String project : List.of("one", "other")) {
      PluginUser user = runs.runner.users().of("ns", project);
      Path copy =
          new LocalFolder(
                  hidden,
                  copies.resolve(project),
                  new Trust(Path.of("/opt/agent")),
                  () -> user,
                  List.of(Path.of("/")),
                  100_000)
              .ready();
      assertThat(Files.getAttribute(copy, "unix:gid")).isEqualTo((int) user.uid());
      assertThat(Files.getAttribute(copy, "unix:mode")).isEqualTo(040750);
    }
  }

  @Test
  void whatAKilledAgentLeftOfItsUsersIsEndedAtTheStart() throws Exception {
    long id = runs.runner.users().of("ns", "one").uid();
    // of an earlier agent, without any mark, in a session and a namespace of its own
    List<Process> left =
        List.of(
            process(id, "setsid", "sleep", "1000"),
            process(id, "unshare", "-Urm", "sleep", "1000"));
    Process containers = process("unshare", "-m", "setpriv", "--reuid=" + id, "sleep", "1000");
    Process others = process(id == FIRST ? FIRST + 1 : FIRST, "sleep", "1000");
    try {
      ScriptRuns.await(runs.runner.start());

      for (Process process : left) {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(containers.isAlive()).isTrue();
      assertThat(others.isAlive()).isTrue();
    } finally {
      left.forEach(Process::destroyForcibly);
      containers.destroyForcibly();
      others.destroyForcibly();
    }
  }

  @Test
  void aPluginThatIsGoneLeavesNothingToWhoGetsItsId() throws Exception {
    long id = runs.runner.users().of("ns", "one").uid();
    Path left = Path.of("/dev/shm/left-by-" + id);
    Process process =
        process(id, "sh", "-c", "umask 0; mkdir " + left + "; cd " + left + "; exec sleep 1000");
    try {
      await().atMost(ScriptRuns.DEADLINE).until(() -> Files.exists(left));

      ScriptRuns.await(runs.runner.forget(Set.of("ns|one")));

      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(left).doesNotExist();
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process process(long id, String... command) throws Exception {
    List<String> whole = new ArrayList<>(List.of("setpriv", "--reuid=" + id, "--clear-groups"));
    whole.addAll(List.of(command));
    return process(whole.toArray(String[]::new));
  }

  /** Is what it is to become when it is returned. */
  private static Process process(String... command) throws Exception {
    Process process = new ProcessBuilder(command).start();
    Path line = Path.of("/proc", Long.toString(process.pid()), "cmdline");
    await()
        .atMost(ScriptRuns.DEADLINE)
        .until(() -> Files.readString(line).equals("sleep\0" + "1000\0"));
    return process;
  }
}
