package io.loda.server.store.dump;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.files.SafeFiles;
import io.loda.common.testing.OtherUser;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that isn't root, in a folder like {@code /tmp}: there it can't put aside what is another
 * user's, so it doesn't start, and reads and changes nothing.
 */
class StickyFolderIT {

  @TempDir private Path temp;

  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @BeforeEach
  void makeFolder() throws Exception {
    OtherUser.need();
    folder = Files.createDirectory(OtherUser.reachable(temp).resolve("tmp"));
    run("chmod", "1777", folder.toString());
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  /** Takes a dump's folder, and says how that went. */
  public static void main(String[] arguments) throws Exception {
    try {
      DumpFolder.take(Path.of(arguments[0]), Clock.systemUTC()).close();
      System.out.print("taken");
    } catch (IOException e) {
      System.out.print(e.getMessage());
    }
  }

  /** The other user may not be able to read what the tests run from. */
  private String classes() throws Exception {
    Path copies = Files.createDirectory(temp.resolve("classes"));
    List<String> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      String copy =
          copies.resolve(Integer.toString(path.size())) + (entry.endsWith(".jar") ? ".jar" : "");
      if (new File(entry).exists()) {
        run("cp", "-r", entry, copy);
        path.add(copy);
      }
    }
    run("chmod", "-R", "a+rX", copies.toString());
    return String.join(File.pathSeparator, path);
  }

  private String taken() throws Exception {
    return OtherUser.output(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        SafeFiles.JVM_OPTION,
        "-Xmx64m",
        "-cp",
        classes(),
        StickyFolderIT.class.getName(),
        folder.resolve("db.json").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"db.json", "db.json.next", "db.json.journal-b", "db.json.lock"})
  void whatIsRootsKeepsItFromStarting(String name) throws Exception {
    Path roots = Files.writeString(folder.resolve(name), "root's");
    assertThat(taken())
        .isEqualTo(
            "dump: %s, a regular file, belongs to the user with id 0, and can't be put aside (%s:"
                    .formatted(roots, roots)
                + " Operation not permitted); take it away, or let --file-storage-path name"
                + " another file");
    assertThat(roots).hasContent("root's");
  }

  @Test
  void nothingKeepsItWhereNothingIs() throws Exception {
    assertThat(taken()).isEqualTo("taken");
  }
}
