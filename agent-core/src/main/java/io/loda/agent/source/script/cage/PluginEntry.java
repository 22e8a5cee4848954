package io.loda.agent.source.script.cage;

import static java.nio.file.attribute.PosixFilePermission.GROUP_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_EXECUTE;

import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The program of a plugin's folder: {@code plugin.sh}, or {@code plugin}. */
public final class PluginEntry {

  /** The names, in the order of the search. */
  public static final List<String> NAMES = List.of("plugin.sh", "plugin");

  private static final Set<PosixFilePermission> EXECUTE =
      EnumSet.of(OWNER_EXECUTE, GROUP_EXECUTE, OTHERS_EXECUTE);

  private PluginEntry() {}

  /**
   * Finds and checks the program; call it at each run, as the folder isn't trusted.
   *
   * @throws IOException when there is no program that may run; the message tells what to do
   */
  public static Path find(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + ": expected the plugin's folder, found none");
    }
    for (String name : NAMES) {
      Path file = folder.resolve(name);
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        check(folder, file);
        return file;
      }
    }
    throw new IOException(folder + ": expected plugin.sh or plugin in it, found neither");
  }

  private static void check(Path folder, Path file) throws IOException {
    PosixFileAttributes found =
        Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (found.isSymbolicLink()) {
      found = target(folder, file);
    }
    if (!found.isRegularFile()) {
      throw new IOException(file + ": expected a file, found something else");
    }
    if (Collections.disjoint(found.permissions(), EXECUTE)) {
      throw new IOException(file + ": expected an executable file; do chmod +x and commit it");
    }
  }

  private static PosixFileAttributes target(Path folder, Path link) throws IOException {
    if (!Files.exists(link)) {
      throw new IOException(link + ": expected a file, found a link to nothing");
    }
    Path real = SafeFiles.realPath(link);
    if (!real.startsWith(SafeFiles.realPath(folder))) {
      throw new IOException(
          link + ": expected a file below the plugin's folder, found a link to " + real);
    }
    return Files.readAttributes(real, PosixFileAttributes.class);
  }
}
