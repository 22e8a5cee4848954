package io.loda.agent.source.script.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether a plugin could change the host owner's file. */
final class WeakPlaceTest {

  private final PluginUser nobody = new PluginUser("nobody", 65534, List.of(65534L), "/", true);
  private Path folder;
  private Path file;

  @BeforeEach
  void file(@TempDir Path temp) throws Exception {
    folder = temp.toRealPath();
    file = Files.writeString(folder.resolve("policy.conf"), "");
    mode(folder, "rwxr-xr-x");
    mode(file, "rw-r--r--");
  }

  private static void mode(Path path, String mode) throws Exception {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  @Test
  void aFileOfAnotherUserIsSafe() {
    assertThat(nobody.weakPlace(file)).isEmpty();
  }

  @Test
  void aFileThatAllMayWriteIsNot() throws Exception {
    mode(file, "rw-r--rw-");
    assertThat(nobody.weakPlace(file)).contains(file);
  }

  @Test
  void aFileOfItsGroupIsNot() throws Exception {
    assumeTrue(PluginUser.ownUid() == 0);
    Files.setAttribute(file, "unix:gid", 65534);
    mode(file, "rw-rw-r--");
    assertThat(nobody.weakPlace(file)).contains(file);
  }

  @Test
  void aFileInAFolderThatItMayWriteIsNot() throws Exception {
    mode(folder, "rwxr-xrwx");
    assertThat(nobody.weakPlace(file)).contains(folder);
  }

  @Test
  void aFileThatALinkLeadsToIsAsSafeAsItsFolder() throws Exception {
    Path target = Files.createDirectory(folder.resolve("weak"));
    mode(target, "rwxrwxrwx");
    Path real = Files.writeString(target.resolve("real.conf"), "");
    mode(real, "rw-r--r--");
    Path link = Files.createSymbolicLink(folder.resolve("link.conf"), real);
    assertThat(nobody.weakPlace(link)).contains(target);
  }

  @Test
  void itsOwnFileIsNotWhateverItsMode() throws Exception {
    PluginUser self = new PluginUser("self", PluginUser.ownUid(), List.of(), "/", false);
    mode(file, "r--r--r--");
    assertThat(self.weakPlace(file)).contains(file);
  }

  @Test
  void theTemporaryFolderItselfIsSafeBecauseItIsSticky() throws Exception {
    assumeTrue(
        Files.getAttribute(Path.of("/tmp"), "unix:mode") instanceof Integer mode
            && (mode & 01002) == 01002);
    Path inTmp = Files.createTempFile(Path.of("/tmp"), "policy", ".conf");
    try {
      assertThat(nobody.weakPlace(inTmp)).isEmpty();
    } finally {
      Files.delete(inTmp);
    }
  }
}
