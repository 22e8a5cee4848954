package io.loda.agent.assembly;

import io.loda.common.files.PidLock;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/** The folder with the plugins' checkouts, which may also have foreign files. */
public final class PluginsFolder {

  static final String LOCK = ".agent.lock";

  private static final List<String> OWN =
      List.of(".removed", ".pipes", ".fence", ".scratch", ".copies", "plugin.disabled");

  private static final String VERSIONS = ".versions";
  private static final int MOST_NAMES = 100_000;

  private PluginsFolder() {}

  /**
   * Deletes what agents made in it: checkouts, the plugins' scratch folders, and the files that
   * mark disabled plugins.
   *
   * @throws IOException when an agent holds the folder, or something can't be deleted
   */
  public static void clean(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    PidLock lock;
    try {
      lock = PidLock.take(folder.resolve(LOCK));
    } catch (PidLock.InUseException e) {
      throw new IOException(DataFolder.inUse("plugins.dir", folder, e.pid()), e);
    }
    try {
      for (Path each : SafeFiles.list(folder, MOST_NAMES)) {
        Path path = folder.resolve(each.getFileName());
        if (OWN.contains(each.getFileName().toString())) {
          SafeFiles.deleteTree(path);
        } else if (Files.isDirectory(path.resolve(VERSIONS), LinkOption.NOFOLLOW_LINKS)) {
          cleanNamespace(path);
        }
      }
    } finally {
      lock.close();
    }
  }

  /** Deletes the versions and the links to them; other files aren't the agent's. */
  private static void cleanNamespace(Path folder) throws IOException {
    for (Path each : SafeFiles.list(folder, MOST_NAMES)) {
      Path path = folder.resolve(each.getFileName());
      if (each.getFileName().toString().equals(VERSIONS) || Files.isSymbolicLink(path)) {
        SafeFiles.deleteTree(path);
      }
    }
    try {
      Files.delete(folder);
    } catch (DirectoryNotEmptyException e) {
      // foreign files in it stay
    }
  }
}
