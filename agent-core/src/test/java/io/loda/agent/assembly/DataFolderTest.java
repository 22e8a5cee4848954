package io.loda.agent.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.loda.common.files.Trust;
import io.loda.common.testing.OtherUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataFolderTest {

  private static final long OWN = ProcessHandle.current().pid();

  private Path folder;
  private Path pidFile;
  private Path plugins;

  @BeforeEach
  void folders(@TempDir Path temp) {
    folder = temp.resolve("data");
    pidFile = temp.resolve("run/agent.pid");
    plugins = temp.resolve("plugins");
  }

  @Test
  void isMadeAndHeldByOne() throws IOException {
    try (DataFolder held = take()) {
      assertThat(held).isNotNull();
      assertThat(pidFile).hasContent(Long.toString(OWN));
      assertThat(DataFolder.holder(folder)).hasValue(OWN);
      assertThatIOException()
          .isThrownBy(() -> take())
          .withMessage(
              "agent.data-dir "
                  + folder
                  + " is in use by the agent with pid "
                  + OWN
                  + "; stop it (agent stop), or configure another folder");
      assertThat(pidFile).exists();
    }
  }

  @Test
  void thePluginsFolderIsHeldByOneWhereverTheDataIs() throws IOException {
    try (DataFolder held = take()) {
      assertThat(held).isNotNull();
      Path other = folder.resolveSibling("other");
      assertThatIOException()
          .isThrownBy(
              () -> DataFolder.take(other, other.resolve("pid"), plugins, Trust.everybody()))
          .withMessage(
              "plugins.dir "
                  + plugins
                  + " is in use by the agent with pid "
                  + OWN
                  + "; stop it (agent stop), or configure another folder");
      assertThat(DataFolder.holder(other)).isEmpty();
    }
    take().close();
  }

  @Test
  void pluginsFolderThatCannotBeMadeKeepsNobodyFromMeasuringTheHost() throws IOException {
    Files.writeString(plugins, "a file");

    take().close();
  }

  private DataFolder take() throws IOException {
    return DataFolder.take(folder, pidFile, plugins, Trust.everybody());
  }

  @Test
  void isFreeAgainOnceItsHolderIsGone() throws IOException {
    take().close();

    assertThat(pidFile).doesNotExist();
    assertThat(DataFolder.holder(folder)).isEmpty();
    take().close();
  }

  @Test
  void doesNotBelieveANumberWithoutALock() throws IOException {
    Files.createDirectories(folder);
    // also when the number is a living process's
    Files.writeString(folder.resolve("agent.lock"), OWN + "\n");
    Files.createDirectories(pidFile.getParent());
    Files.writeString(pidFile, "123456789\n");

    assertThat(DataFolder.holder(folder)).isEmpty();
    try (DataFolder held = take()) {
      assertThat(held).isNotNull();
      assertThat(pidFile).hasContent(Long.toString(OWN));
    }
  }

  @Test
  void isHeldByNobodyBeforeItIsThere() throws IOException {
    assertThat(DataFolder.holder(folder)).isEmpty();
  }

  @Test
  void saysThatItCannotBeMade() throws IOException {
    Files.writeString(folder, "a file");

    assertThatIOException()
        .isThrownBy(() -> take())
        .withMessageStartingWith("agent.data-dir: expected a folder that can be made and written")
        .withMessageContaining(folder.toString());
  }

  @Test
  void isGivenBackWhenThePidFileCannotBeWritten() throws IOException {
    Files.createDirectories(pidFile);

    assertThatIOException()
        .isThrownBy(() -> take())
        .withMessageStartingWith("agent.pid-file: expected a file that can be written, found: ")
        .withMessageContaining(pidFile.toString());
    assertThat(DataFolder.holder(folder)).isEmpty();
  }

  @Test
  void whatOlderAgentsLeftReadableIsMended(@TempDir Path temp) throws Exception {
    OtherUser.need();
    OtherUser.reachable(temp);
    List<String> files =
        List.of(
            "agent.lock",
            "agent.log",
            "agent.log.1",
            "agent.err",
            "registry/ns.items.json",
            "spool/queue/lock",
            "spool/queue/cursor",
            "refused/1.json",
            "state/logins");
    for (String file : files) {
      Path path = folder.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, "");
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
    }
    Path disabled = Files.createDirectories(plugins.resolve("plugin.disabled")).resolve("ns|mail");
    Files.writeString(disabled, "");
    Path checkout = Files.createDirectories(plugins.resolve("ns/mail"));
    Files.setPosixFilePermissions(checkout, PosixFilePermissions.fromString("rwxr-xr-x"));

    take().close();

    assertThat(
            OtherUser.output(
                "find", temp.toString(), folder.toString(), plugins.toString(), "-readable"))
        .contains("Permission denied")
        .doesNotContain(folder + "/spool/queue")
        .doesNotContain(folder + "/registry/ns");
    for (String file : files) {
      assertThat(mode(folder.resolve(file))).as(file).isEqualTo("rw-------");
    }
    assertThat(mode(folder)).isEqualTo("rwx--x--x");
    assertThat(mode(folder.resolve("spool/queue"))).isEqualTo("rwx------");
    assertThat(mode(disabled)).isEqualTo("rw-------");
    assertThat(mode(plugins.resolve("plugin.disabled"))).isEqualTo("rwx------");
    assertThat(mode(checkout)).as("another's to look after").isEqualTo("rwxr-xr-x");
  }

  @Test
  void mendsNothingThroughALink(@TempDir Path temp) throws Exception {
    Path elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
    Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(folder);
    Files.createSymbolicLink(folder.resolve("state"), elsewhere);

    take().close();

    assertThat(mode(elsewhere)).isEqualTo("rwxr-xr-x");
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void rootTakesNoFolderThatSomebodyElseCanChange() throws Exception {
    OtherUser.need();
    Files.createDirectories(folder);
    Files.setAttribute(folder, "unix:uid", OtherUser.ID);
    Trust trust = new Trust(Path.of("/opt/agent"));

    assertThatIOException()
        .isThrownBy(() -> DataFolder.take(folder, pidFile, plugins, trust))
        .withMessage(
            "agent.data-dir: expected a folder that only the agent's user can change, found "
                + folder
                + " belongs to the user with id "
                + OtherUser.ID
                + "; let it belong to root (chown root "
                + folder
                + ")");
    Files.setAttribute(folder, "unix:uid", 0);
    DataFolder.take(folder, pidFile, plugins, trust).close();
  }

  @Test
  void rootMakesNoPluginsFolderInAnothersFolder(@TempDir Path theirs) throws Exception {
    OtherUser.need();
    Files.setAttribute(theirs, "unix:uid", OtherUser.ID);

    assertThatIOException()
        .isThrownBy(
            () ->
                DataFolder.take(
                    folder, pidFile, theirs.resolve("new"), new Trust(Path.of("/opt/agent"))))
        .withMessageStartingWith("plugins.dir: expected a folder that only the agent's user");
    assertThat(theirs.resolve("new")).doesNotExist();
  }
}
