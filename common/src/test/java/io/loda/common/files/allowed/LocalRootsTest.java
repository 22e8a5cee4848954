package io.loda.common.files.allowed;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.common.files.Owners;
import io.loda.common.files.UnsafePathException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalRootsTest {

  @TempDir private Path folder;

  private Path root;
  private Path inside;
  private LocalRoots roots;

  @BeforeEach
  void make() throws IOException {
    mode(folder, "rwxr-xr-x");
    root = Files.createDirectory(folder.resolve("root"));
    inside = Files.createDirectory(root.resolve("repository"));
    roots = new LocalRoots(List.of(folder.resolve("none"), root));
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  @Test
  void whatIsBelowOneOfThemIsTaken() {
    assertThatCode(() -> roots.check(inside)).doesNotThrowAnyException();
    assertThatCode(() -> roots.check(root)).doesNotThrowAnyException();
    assertThatCode(() -> roots.check(folder.resolve("nowhere"))).doesNotThrowAnyException();
  }

  @Test
  void whatIsElsewhereIsRefusedAlsoByDotsOrALink() throws IOException {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Path link = Files.createSymbolicLink(root.resolve("link"), outside);

    for (Path path : List.of(outside, root.resolve("../outside"), link)) {
      assertThatThrownBy(() -> roots.check(path))
          .isInstanceOf(UnsafePathException.class)
          .hasMessageContaining("lies below none of")
          .hasMessageContaining("plugins.local-roots");
    }
  }

  @Test
  void rootReadsNothingPrivateForAPlugin() throws IOException {
    assumeTrue(Owners.ours().uids().size() == 1, "others have the rights of their own user");
    LocalRoots forRoot = roots.publicOnlyForRoot();
    assertThatCode(() -> forRoot.check(inside)).doesNotThrowAnyException();

    mode(inside, "rwx------");
    assertThatThrownBy(() -> forRoot.check(inside))
        .isInstanceOf(UnsafePathException.class)
        .hasMessageContaining("not every user of the host may read it: ")
        .hasMessageContaining("repository has mode");
    mode(inside, "rwxr-xr-x");
    mode(root, "rwx------");
    assertThatThrownBy(() -> forRoot.check(inside)).hasMessageContaining("root has mode");
    assertThatCode(() -> roots.check(inside)).doesNotThrowAnyException();
  }
}
