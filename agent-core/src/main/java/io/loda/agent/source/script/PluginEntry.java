package io.loda.agent.source.script;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/** The program of a plugin's folder: {@code plugin.sh}, or {@code plugin}. */
final class PluginEntry {

  /** The first that is there is taken. */
  static final List<String> NAMES = List.of("plugin.sh", "plugin");

  private PluginEntry() {}

  /**
   * Finds it, each time anew: what is checked out is data until it is looked at.
   *
   * @throws IOException when there is none that may be run; says what to do
   */
  static Path find(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + ": expected the plugin's folder, found none");
    }
    for (String name : NAMES) {
      Path file = folder.resolve(name);
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        return checked(folder, file);
      }
    }
    throw new IOException(folder + ": expected plugin.sh or plugin in it, found neither");
  }

  private static Path checked(Path folder, Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException(file + ": expected a file, found a link to nothing");
    }
    Path real = file.toRealPath();
    if (!real.startsWith(folder.toRealPath())) {
      throw new IOException(
          file + ": expected a file below the plugin's folder, found a link to " + real);
    }
    if (!Files.isRegularFile(real)) {
      throw new IOException(file + ": expected a file, found something else");
    }
    if (Files.getPosixFilePermissions(real).stream()
        .noneMatch(permission -> permission.name().endsWith("_EXECUTE"))) {
      throw new IOException(file + ": expected an executable file; do chmod +x and commit it");
    }
    return file;
  }
}
