package io.loda.agent.source.script;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A program of the tests in a process of its own, with the agent's own JVM options. */
public final class OwnJvm {

  public static final List<String> AS_ANOTHER_USER =
      List.of("setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups");

  private OwnJvm() {}

  /**
   * Its command.
   *
   * @param folder a test's temporary one; every user may write there then
   * @param before what becomes the JVM, like {@link #AS_ANOTHER_USER}
   */
  public static List<String> command(
      Path folder, List<String> before, Class<?> main, String... arguments) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.add(io.loda.common.files.SafeFiles.JVM_OPTION);
    command.addAll(List.of("-XX:+UseSerialGC", "-Xms16m", "-Xmx96m", "-Xss512k"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"));
    command.addAll(List.of("-cp", classPath(folder), main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** A copy that every user can read: the originals may be below a home. */
  private static String classPath(Path folder) throws Exception {
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
