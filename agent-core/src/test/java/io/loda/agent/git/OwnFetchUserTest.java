package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.git.fetch.FetchClasses;
import io.loda.agent.git.fetch.FetchLibrary;
import io.loda.common.files.SafeFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fetch of an agent that is root, with a user of its own. */
class OwnFetchUserTest {

  private Path folder;
  private TestRepository repository;
  private Checkouts checkouts;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    assumeTrue(OwnFetchUsers.ROOT, "only root gives children users of their own");
    folder = temporary;
    repository = new TestRepository(folder, "demo");
    checkouts = new Checkouts(folder);
  }

  @AfterEach
  void close() {
    if (checkouts != null) {
      checkouts.close();
      repository.close();
    }
  }

  @Test
  void repositoryThatThisUserCannotReadIsNotRead() throws Exception {
    repository.push("release", "secret");
    Files.setAttribute(repository.bare, "unix:uid", 54_321);
    Files.setPosixFilePermissions(repository.bare, PosixFilePermissions.fromString("rwx------"));

    // also where nobody asked before whether everybody may read it
    assertThatThrownBy(() -> checkouts.checkout(repository.address()))
        .hasMessageContaining("can't be read: ");

    assertThat(checkouts.versions()).isEmpty();
    Files.setPosixFilePermissions(repository.bare, PosixFilePermissions.fromString("rwxr-xr-x"));
    checkouts.checkout(repository.address());
    assertThat(checkouts.content()).isEqualTo("secret");
  }

  @Test
  void versionIsRootsAndEverybodyBehindTheDoorMayReadIt() throws Exception {
    Files.createDirectories(repository.work.resolve("lib"));
    Files.writeString(repository.work.resolve("lib/data"), "x");
    repository.push("release", "one");

    checkouts.checkout(repository.address());

    Path version = checkouts.link.toRealPath();
    for (Path path : List.of(version, version.resolve("lib"), version.resolve("plugin.sh"))) {
      assertThat(Files.getAttribute(path, "unix:uid")).isEqualTo(0);
      assertThat((Integer) Files.getAttribute(path, "unix:mode") & 0777).isEqualTo(0755);
    }
    assertThat((Integer) Files.getAttribute(version.resolve("lib/data"), "unix:mode") & 0777)
        .isEqualTo(0644);
    assertThat(version.resolve(".git/config")).doesNotExist();
    assertThat(checkouts.dir.resolve(".fetch")).isEmptyDirectory();
  }

  @Test
  void folderThatThisUserCannotGoThroughIsNamed() throws Exception {
    repository.push("release", "one");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));

    assertThatThrownBy(() -> checkouts.checkout(repository.address()))
        .hasMessageContaining("which fetches, can't enter the folder " + folder + " on the way to ")
        .hasMessageContaining("set agent.data-dir");
  }

  @Test
  void classesThatNotEverybodyCanReadAreCopied() throws Exception {
    Path hidden = Files.createDirectories(folder.resolve("hidden/classes/package"));
    Files.writeString(hidden.resolve("A.class"), "a");
    Path jar = Files.writeString(folder.resolve("hidden/b.jar"), "b");
    Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-------"));
    Path copies = folder.resolve("copies");
    FetchClasses classes =
        new FetchClasses(
            folder.resolve("hidden/classes") + ":" + jar + ":" + folder.resolve("none"),
            List.of("-Xmx1m"));
    Files.setPosixFilePermissions(
        folder.resolve("hidden"), PosixFilePermissions.fromString("rwx------"));

    FetchClasses readable = new FetchLibrary(classes, copies).readable();

    assertThat(readable.classPath())
        .isEqualTo(copies.resolve("0-classes") + ":" + copies.resolve("1-b.jar"));
    assertThat(readable.options()).isEmpty();
    try (Stream<Path> all = Files.walk(copies)) {
      assertThat(all)
          .hasSize(5)
          .allSatisfy(
              path -> assertThat((Integer) Files.getAttribute(path, "unix:mode") & 04).isNotZero());
    }
    Files.setPosixFilePermissions(
        folder.resolve("hidden"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-r--r--"));
    SafeFiles.deleteTree(copies);
    assertThat(new FetchLibrary(classes, copies).readable()).isEqualTo(classes);
    assertThat(copies).doesNotExist();
  }
}
