package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.user.Access;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.files.Trust;
import io.loda.common.testing.OtherUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Root runs a folder that the plugins' user can't enter from a copy; an agent that isn't root is
 * that user itself, and runs everything in place.
 */
class LocalFolderTest {

  private static final long MAX_BYTES = 100_000;
  private static final int SOMEBODY = 54_321;
  private static final Trust TRUST = new Trust(Path.of("/opt/agent"));
  private static final List<Path> ROOTS = List.of(Path.of("/"));

  private Path temporary;
  private Path hidden;
  private Path source;
  private Path copy;
  private PluginUser user;
  private LocalFolder folder;

  @BeforeEach
  void make(@TempDir Path folderOfTheTest) throws Exception {
    temporary = folderOfTheTest;
    mode(temporary, "rwxr-xr-x");
    user = PluginUser.of(new PluginsConfig(temporary.resolve("data")).build(), PluginUser.ownUid());
    hidden = Files.createDirectory(temporary.resolve("hidden"));
    source = Files.createDirectories(hidden.resolve("demo"));
    mode(source, "rwxr-xr-x");
    ScriptRuns.write(source.resolve("plugin.sh"), "#!/bin/sh", "echo '[]'");
    copy = temporary.resolve("data/.copies/ns/demo");
    folder = new LocalFolder(source, copy, TRUST, () -> user, ROOTS, MAX_BYTES);
    mode(hidden, "rwx------");
  }

  @Test
  void runsInPlaceWhereItsUserGetsThere() throws Exception {
    mode(hidden, "rwxr-xr-x");

    assertThat(folder.ready()).isEqualTo(source.toRealPath());
    assertThat(copy).doesNotExist();
  }

  @Test
  void runsInPlaceByItsRealPathWhenALinkInAHiddenFolderLeadsThere() throws Exception {
    Path open = Files.createDirectory(hidden.resolveSibling("open"));
    mode(open, "rwxr-xr-x");
    ScriptRuns.write(open.resolve("plugin.sh"), "#!/bin/sh");
    Path link = Files.createSymbolicLink(hidden.resolve("link"), open);

    assertThat(new LocalFolder(link, copy, TRUST, () -> user, ROOTS, MAX_BYTES).ready())
        .isEqualTo(open.toRealPath());
  }

  @Test
  void aFolderOfSomebodyElseIsNotRun() throws Exception {
    OtherUser.need();
    folder.ready();
    Files.setAttribute(source, "unix:uid", SOMEBODY);

    assertThatIOException()
        .isThrownBy(() -> folder.ready())
        .withMessageContaining(source + " belongs to the user with id " + SOMEBODY)
        .withMessageContaining("chown root " + source)
        .withMessageContaining("plugins.path-owners");
    Trust named = TRUST.and(List.of(SOMEBODY));
    assertThat(new LocalFolder(source, copy, named, () -> user, ROOTS, MAX_BYTES).ready())
        .isNotNull();
  }

  @Test
  void aFolderThatOthersCanReplaceOrWriteIsNotRun() throws Exception {
    mode(hidden, "rwxrwxrwx");
    assertThatIOException()
        .isThrownBy(() -> folder.ready())
        .withMessageContaining(hidden + " may be written by others (mode 0777)")
        .withMessageContaining("chmod go-w " + hidden);
    mode(hidden, "rwxr-xr-x");
    mode(source.resolve("plugin.sh"), "rwxrwxr-x");
    assertThatIOException()
        .isThrownBy(() -> folder.ready())
        .withMessageContaining("plugin.sh may be written by others (mode 0775)");
  }

  @Test
  void whoOwnsTheInstallationIsTrustedForWhatIsInIt() throws Exception {
    OtherUser.need();
    mode(hidden, "rwxrwxr-x");
    for (Path path : List.of(hidden, source, source.resolve("plugin.sh"))) {
      Files.setAttribute(path, "unix:uid", SOMEBODY);
      Files.setAttribute(path, "unix:gid", SOMEBODY);
      mode(path, "rwxrwxr-x");
    }
    Trust installed = new Trust(hidden);
    assertThat(new LocalFolder(source, copy, installed, () -> user, ROOTS, MAX_BYTES).ready())
        .isNotNull();

    Files.setAttribute(source.resolve("plugin.sh"), "unix:uid", SOMEBODY + 1);
    assertThatIOException()
        .isThrownBy(
            () -> new LocalFolder(source, copy, installed, () -> user, ROOTS, MAX_BYTES).ready())
        .withMessageContaining("plugin.sh belongs to the user with id " + (SOMEBODY + 1));
  }

  @Test
  void rootCopiesWhatItsUserCannotReach() throws Exception {
    Files.createDirectory(source.resolve("lib"));
    Files.writeString(source.resolve("lib/common.sh"), "x");
    Files.createDirectories(source.resolve(".git/objects"));
    Files.writeString(source.resolve(".git/config"), "secret");

    Path ready = folder.ready();

    if (!ScriptRuns.ROOT) {
      assertThat(ready).isEqualTo(source.toRealPath());
      return;
    }
    assertThat(ready).isEqualTo(copy);
    assertThat(new Access(user).canRun(copy, copy.resolve("plugin.sh"))).isTrue();
    assertThat(copy.resolve("lib/common.sh")).hasContent("x");
    assertThat(copy.resolve(".git")).doesNotExist();
    for (Path file : List.of(copy, copy.resolve("lib"), copy.resolve("plugin.sh"))) {
      assertThat(PluginUser.ownerOf(file)).isZero();
      assertThat(mode(file)).isEqualTo("rwxr-x---");
    }
    assertThat(mode(copy.resolve("lib/common.sh"))).isEqualTo("rw-r-----");
  }

  @Test
  void copyRunsAsItsUser() throws Exception {
    ScriptRuns.write(source.resolve("plugin.sh"), "#!/bin/sh", "id -u >&2");

    try (ScriptRuns runs = new ScriptRuns(temporary)) {
      RunResult result = runs.run(folder.ready());

      assertThat(result.stderr()).isEqualTo(user.uid() + "\n");
    }
  }

  @Test
  void copyFollowsEachChange() throws Exception {
    folder.ready();
    Path file = source.resolve("file");

    Files.writeString(file, "one");
    assertThat(folder.ready().resolve("file")).hasContent("one");

    FileTime before = Files.getLastModifiedTime(file);
    Files.writeString(file, "two");
    Files.setLastModifiedTime(file, before);
    assertThat(folder.ready().resolve("file")).hasContent("two");

    mode(file, "rwxr-xr-x");
    assertThat(folder.ready().resolve("file")).isExecutable();

    Files.delete(file);
    assertThat(folder.ready().resolve("file")).doesNotExist();

    Files.createSymbolicLink(file, Path.of("plugin.sh"));
    assertThat(folder.ready().resolve("file")).isSymbolicLink();
  }

  @Test
  void copyThatDidNotChangeStays() throws Exception {
    folder.ready();
    if (ScriptRuns.ROOT) {
      Path witness = Files.writeString(copy.resolve("witness"), "");

      folder.ready();

      assertThat(witness).exists();
    } else {
      assertThat(copy).doesNotExist();
    }
  }

  @Test
  void copyThatIsGoneIsMadeAgain() throws Exception {
    Path ready = folder.ready();
    if (ScriptRuns.ROOT) {
      Files.delete(copy.resolve("plugin.sh"));
      Files.delete(copy);
    }

    assertThat(folder.ready()).isEqualTo(ready);
    assertThat(ready.resolve("plugin.sh")).isExecutable();
  }

  @Test
  void linksStayLinksAndLeadToTheCopy() throws Exception {
    Files.move(source.resolve("plugin.sh"), source.resolve("real.sh"));
    Files.createSymbolicLink(source.resolve("plugin.sh"), source.resolve("real.sh"));
    Files.createSymbolicLink(source.resolve("outside"), Path.of("/etc/hostname"));
    Files.createSymbolicLink(source.resolve("dangling"), Path.of("nowhere"));

    Path ready = folder.ready();

    assertThat(ready.resolve("plugin.sh").toRealPath())
        .isEqualTo(ready.resolve("real.sh").toRealPath());
    assertThat(Files.readSymbolicLink(ready.resolve("outside")))
        .isEqualTo(Path.of("/etc/hostname"));
    assertThat(ready.resolve("dangling")).isSymbolicLink();
  }

  @Test
  void linkToTheSecretsOfRootIsRefused() throws Exception {
    Path secret = Files.writeString(hidden.resolve("secret"), "secret");
    Files.delete(source.resolve("plugin.sh"));
    Files.createSymbolicLink(source.resolve("plugin.sh"), secret);

    assertThatThrownBy(folder::ready)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected a file below the plugin's folder, found a link to");
  }

  @Test
  void tooLargeAFolderIsNotCopied() throws Exception {
    Files.write(source.resolve("large"), new byte[(int) MAX_BYTES]);

    if (ScriptRuns.ROOT) {
      assertThatThrownBy(folder::ready)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("at most 100000 bytes (plugins.max-repository) and 5000 files");
      assertThat(copy).doesNotExist();
    } else {
      assertThat(folder.ready()).isEqualTo(source.toRealPath());
    }
  }

  @Test
  void dataFolderThatItsUserCannotReachIsNamed() throws Exception {
    Path inHidden = hidden.resolve("data/demo");
    LocalFolder unreachable =
        new LocalFolder(source, inHidden, TRUST, () -> user, ROOTS, MAX_BYTES);

    if (ScriptRuns.ROOT) {
      assertThatThrownBy(unreachable::ready)
          .isInstanceOf(IOException.class)
          .hasMessage(
              "the user "
                  + user.name()
                  + " can reach neither "
                  + source
                  + " nor "
                  + inHidden
                  + "; set agent.data-dir to a folder that it can enter");
    } else {
      assertThat(unreachable.ready()).isEqualTo(source.toRealPath());
    }
  }

  @Test
  void folderThatIsNotThereIsNamed() {
    LocalFolder none =
        new LocalFolder(hidden.resolve("none"), copy, TRUST, () -> user, ROOTS, MAX_BYTES);

    assertThatThrownBy(none::ready)
        .hasMessage(hidden.resolve("none") + ": expected the plugin's folder, found none");
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
