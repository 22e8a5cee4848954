package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Torture} in processes with the agent's own JVM options, as root and as another user. */
class TortureIT {

  private static final String OTHER_USER = "daemon";

  @TempDir private Path folder;

  @Test
  void asTheTestsUserWithControlGroupsWhereTheyCanBeHad() throws Exception {
    torture(List.of(), "groups");
  }

  @Test
  void asTheTestsUserWithoutControlGroups() throws Exception {
    torture(List.of(), "marks");
  }

  @Test
  void asAnotherUser() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can become another user: not run");
    torture(
        List.of("setpriv", "--reuid=" + OTHER_USER, "--regid=" + OTHER_USER, "--clear-groups"),
        "groups");
  }

  private void torture(List<String> become, String groups) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    List<String> command = new ArrayList<>(become);
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.add(io.loda.agent.files.SafeFiles.JVM_OPTION);
    command.addAll(List.of("-XX:+UseSerialGC", "-Xms16m", "-Xmx96m", "-Xss512k"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-cp", classPath()));
    command.addAll(List.of(Torture.class.getName(), runs().toString(), groups));
    Path said = folder.resolve("said");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(said)).isZero();
  }

  /** Made by whoever runs it, so that it belongs to that user. */
  private Path runs() {
    return folder.resolve("runs");
  }

  /** A copy that every user can read: the originals may be below a home. */
  private String classPath() throws Exception {
    String original =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> entries = new ArrayList<>();
    for (String entry : original.split(File.pathSeparator, -1)) {
      Path from = Path.of(entry);
      Path to = folder.resolve("lib").resolve(entries.size() + "-" + from.getFileName());
      if (Files.exists(from)) {
        copy(from, to);
        entries.add(to.toString());
      }
    }
    return String.join(File.pathSeparator, entries);
  }

  private static void copy(Path from, Path to) throws Exception {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          Files.copy(file, target);
        }
      }
    }
  }
}
