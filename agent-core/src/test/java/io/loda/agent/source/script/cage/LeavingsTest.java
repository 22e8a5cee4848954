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
  private PluginCommand command;

  @BeforeEach
  void start() throws Exception {
    assumeThat(ScriptRuns.ROOT).as("only root can become another user").isTrue();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    shared = Files.createDirectory(folder.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 01777);
    leavings = new Leavings(List.of(shared));
    command =
        new PluginCommand(
            new PluginUser("plugin", UID, List.of(UID), "/", true), LIMITS, List.of());
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
