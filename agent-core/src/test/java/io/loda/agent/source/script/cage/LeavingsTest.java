package io.loda.agent.source.script.cage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Configs;
import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.user.PluginUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What processes of another user leave, by such processes. */
class LeavingsTest {

  private static final long UID = 2_123_456_001L;
  private static final AgentConfig.Limits LIMITS =
      Configs.limits(Duration.ofSeconds(7), 1L << 30, 77, 222, 8L << 20);
  private static final Leavings.Owner OWNER = new Leavings.Owner(UID, Set.of(), 0);

  @TempDir private Path folder;
  private Path shared;
  private Leavings leavings;
  private RunCommand command;

  @BeforeEach
  void start() throws Exception {
    assumeThat(ScriptRuns.ROOT).as("only root can become another user").isTrue();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    shared = Files.createDirectory(folder.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 01777);
    leavings = new Leavings(List.of(shared));
    command =
        new RunCommand(new PluginUser("plugin", UID, List.of(UID), "/", true), LIMITS, List.of());
  }

  private String sum() {
    FileSum sum = new FileSum(1_000_000);
    leavings.of(OWNER).addTo(sum);
    return sum.problem();
  }

  private void asPlugin(String script) throws Exception {
    as(UID, script);
  }

  private void as(long uid, String script) throws Exception {
    int exit =
        new ProcessBuilder(
                "setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "sh", "-c", script)
            .directory(shared.toFile())
            .inheritIO()
            .start()
            .waitFor();
    assertThat(exit).isZero();
  }

  @Test
  void filesOfItsUserCountAndGo() throws Exception {
    Files.write(shared.resolve("of-root"), new byte[2_000_000]);
    as(UID + 1, "head -c 2000000 /dev/zero >of-another");
    asPlugin("head -c 600000 /dev/zero >file");
    assertThat(sum()).isEmpty();

    asPlugin("mkdir -p a/b; head -c 600000 /dev/zero >a/b/file; chmod 0 a/b");
    // it isn't listed again at once where that took long
    await().until(() -> sum().equals("more than 1000000 bytes (plugins.max-scratch)"));
    Leavings.remove(leavings.of(OWNER), command);

    try (var left = Files.list(shared)) {
      assertThat(left)
          .extracting(path -> path.getFileName().toString())
          .containsExactlyInAnyOrder("of-root", "of-another");
    }
    assertThat(sum()).isEmpty();
  }

  private Path open(Path path, long uid, int mode) throws Exception {
    Files.createDirectory(path);
    Files.setAttribute(path, "unix:uid", (int) uid);
    Files.setAttribute(path, "unix:mode", mode);
    return path;
  }

  @Test
  void filesOfItsUserInFoldersOfOthersCountAndGo() throws Exception {
    Path ofRoot = open(shared.resolve(".open"), 0, 01777);
    Path ofAnother = open(ofRoot.resolve("another"), UID + 1, 0777);
    Path ofItsGroup = open(shared.resolve("group"), 0, 0770);
    Files.setAttribute(ofItsGroup, "unix:gid", (int) UID);
    Path foreign = Files.write(ofRoot.resolve("of-root"), new byte[2_000_000]);
    as(UID + 1, "head -c 2000000 /dev/zero >.open/of-another");
    assertThat(sum()).isEmpty();

    asPlugin(
        "head -c 400000 /dev/zero >.open/a; mkdir group/b; head -c 400000 /dev/zero >group/b/c");
    assertThat(sumOfAll()).isEmpty();
    asPlugin("head -c 400000 /dev/zero >.open/another/d; chmod 0 group/b");
    await().until(() -> sum().equals("more than 1000000 bytes (plugins.max-scratch)"));
    Leavings.remove(leavings.of(OWNER), command);

    assertThat(ofRoot)
        .isDirectoryContaining(foreign::equals)
        .isDirectoryContaining(ofRoot.resolve("of-another")::equals);
    assertThat(ofAnother).isEmptyDirectory();
    assertThat(ofItsGroup).isEmptyDirectory();
    assertThat(sumOfAll()).isEmpty();
  }

  private String sumOfAll() {
    FileSum sum = new FileSum(1_000_000);
    leavings.last(OWNER).addTo(sum);
    return sum.problem();
  }

  @Test
  void filesInAFolderOfItsUserCountOnce() throws Exception {
    asPlugin("umask 0; mkdir -p open/below; head -c 600000 /dev/zero >open/below/file");

    assertThat(leavings.last(OWNER).entries()).containsExactly(shared.resolve("open"));
    assertThat(sumOfAll()).isEmpty();
  }

  @Test
  void filesInAFolderOfAnotherPluginAreOfTheirUsersToo() throws Exception {
    Leavings.Owner another = new Leavings.Owner(UID + 1, Set.of(), 0);
    as(UID + 1, "umask 0; mkdir open");
    asPlugin("echo x >open/file");
    assertThat(leavings.last(another).entries()).containsExactly(shared.resolve("open"));

    assertThat(leavings.last(OWNER).entries()).containsExactly(shared.resolve("open/file"));
  }

  @Test
  void manyFilesOfOthersHideNone() throws Exception {
    Path open = open(shared.resolve("open"), 0, 01777);
    asPlugin("cd open; seq -f 1-%.0f 9000 | xargs touch");
    as(UID + 1, "cd open; seq -f 2-%.0f 9000 | xargs touch");
    leavings.of(new Leavings.Owner(UID + 1, Set.of(), 0));

    assertThat(leavings.last(OWNER).entries()).hasSize(9000);
    Leavings.remove(leavings.last(OWNER), command);

    try (var left = Files.list(open)) {
      assertThat(left).hasSize(9000);
    }
  }

  @Test
  void linksOfOthersLeadNowhere() throws Exception {
    Path elsewhere = open(folder.resolve("elsewhere"), 0, 01777);
    open(shared.resolve("open"), 0, 01777);
    asPlugin("echo x >" + elsewhere + "/file");
    as(UID + 1, "ln -s " + elsewhere + " link; ln -s " + elsewhere + " open/link");

    assertThat(leavings.last(OWNER).entries()).isEmpty();
  }

  @Test
  void manyFilesOfItsUserGoToo() throws Exception {
    asPlugin("seq 2500 | xargs touch");

    Leavings.remove(leavings.last(OWNER), command);

    assertThat(shared).isEmptyDirectory();
  }

  @Test
  void linksLeadNowhere() throws Exception {
    Path precious = Files.createDirectory(folder.resolve("precious"));
    Files.write(precious.resolve("file"), new byte[2_000_000]);
    asPlugin("ln -s " + precious + " link; mkdir a; ln -s " + precious + " a/link");

    assertThat(sum()).isEmpty();
    Leavings.remove(leavings.of(OWNER), command);

    assertThat(shared).isEmptyDirectory();
    assertThat(precious.resolve("file")).hasSize(2_000_000);
  }

  @Test
  void sharedMemoryOfItsUserCountsAndGoes() throws Exception {
    asPlugin(
        "python3 -c 'import ctypes; c = ctypes.CDLL(None); c.shmat.restype = ctypes.c_void_p;"
            + " ctypes.memset(c.shmat(c.shmget(0, 2000000, 0o1600), None, 0), 1, 2000000);"
            + " c.semget(0, 1, 0o1600); c.msgget(0, 0o1600)'");
    assertThat(SharedMemory.all(OWNER::made)).hasSize(3);
    assertThat(sum()).startsWith("more than 1000000 bytes");

    Leavings.remove(leavings.of(OWNER), command);

    assertThat(SharedMemory.all(OWNER::made)).isEmpty();
  }
}
