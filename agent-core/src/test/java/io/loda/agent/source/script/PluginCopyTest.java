package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.files.Attacker;
import io.loda.common.files.Owners;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PluginCopyTest {

  private static final int TRIES = 300;

  @TempDir private Path dir;

  private void copy(Path source, Path target) throws IOException {
    PluginCopy.make(source, target, Owners.ownGid(), 1_000);
  }

  @Test
  void keepsNamesThatAreNoText() throws Exception {
    Path source = Files.createDirectory(dir.resolve("source"));
    String names =
        "cd \"$1\"; for n in '\\377' '\\376' '\\303\\251'; do : > \"$(printf \"$n\")\"; done";
    new ProcessBuilder("sh", "-ec", names, "sh", source.toString()).start().waitFor();

    copy(source, dir.resolve("copy"));
    assertThat(SafeFiles.list(dir.resolve("copy"), 10))
        .containsExactlyInAnyOrderElementsOf(SafeFiles.list(source, 10))
        .hasSize(3);
  }

  @Test
  void copiesNoFileOfRootsWhoeverPutsALinkToIt() throws Exception {
    Attacker.assumePossible();
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path secret = Files.writeString(dir.resolve("secret"), "secret");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Path theirs = Attacker.folder(dir.resolve("theirs"));
    Attacker.sh("echo good > \"$1/data\"; ln -s \"$2\" \"$1/link\"", theirs, secret);

    int copies = 0;
    try (Attacker attacker = Attacker.swapping(theirs.resolve("data"), theirs.resolve("link"))) {
      for (int i = 0; i < TRIES; i++) {
        Path copy = dir.resolve("copy" + i);
        try {
          copy(theirs, copy);
          copies++;
        } catch (IOException e) {
          // seen while it was swapped
          continue;
        }
        for (Path name : SafeFiles.list(copy, 10)) {
          Path file = copy.resolve(name);
          assertThat(Files.isSymbolicLink(file) ? "" : Files.readString(file))
              .as("%s", file)
              .doesNotContain("secret");
        }
      }
      attacker.requireAlive();
    }
    assertThat(copies).isPositive();
  }
}
