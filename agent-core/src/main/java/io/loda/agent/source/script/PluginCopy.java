package io.loda.agent.source.script;

import io.loda.common.files.FileStat;
import io.loda.common.files.Opened;
import io.loda.common.files.Owners;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.TreeBounds;
import io.loda.common.files.TreeVisitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/**
 * A copy of a plugin's folder: root's, and its plugin's group may read it. Its source may be
 * changed meanwhile by whoever owns that: what is copied is what was opened, and it is a regular
 * file of the source's owner or of root.
 */
final class PluginCopy implements TreeVisitor {

  private static final int MAX_FILES = 5_000;

  /** More than those, so that it is they that are said. */
  private static final TreeBounds BOUNDS = new TreeBounds(64, 4 * MAX_FILES);

  private final Path source;
  private final Path target;
  private final int group;
  private final long maxBytes;

  @SuppressWarnings("NullAway.Init")
  private TreeVisitor copy;

  private PluginCopy(Path source, Path target, int group, long maxBytes) {
    this.source = source;
    this.target = target;
    this.group = group;
    this.maxBytes = maxBytes;
  }

  /**
   * Copies what is in a folder but git's own; blocks. Nobody but this process gets into the target
   * before it is whole.
   *
   * @param target made by this; must not be there
   * @param group who may read it
   */
  static void make(Path source, Path target, int group, long maxBytes) throws IOException {
    SafeFiles.walk(source, BOUNDS, new PluginCopy(source, target, group, maxBytes));
    Files.setAttribute(target, "unix:gid", group);
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-x---"));
  }

  /** A number that changes with the names, sizes, modes or times of what is in a folder; blocks. */
  static long fingerprint(Path source, long maxBytes) throws IOException {
    Fingerprint fingerprint = new Fingerprint(source, maxBytes);
    SafeFiles.walk(source, BOUNDS, fingerprint);
    return fingerprint.hash;
  }

  @Override
  public boolean folder(Path relative, Opened folder) throws IOException {
    if (isGit(relative)) {
      return false;
    }
    if (relative.toString().isEmpty()) {
      Owners owners = new Owners(Set.of(0)).and(folder.stat().uid());
      copy = SafeFiles.copying(target, owners, group, maxBytes);
    }
    return copy.folder(relative, folder);
  }

  @Override
  public void file(Path relative, Opened file) throws IOException {
    copy.file(relative, file);
  }

  @Override
  public void link(Path relative, FileStat link, Path pointsTo) throws IOException {
    // one to a file of the plugin's by its whole path has to lead to the copy's
    Path above = Objects.requireNonNull(source.resolve(relative).getParent());
    copy.link(
        relative,
        link,
        pointsTo.isAbsolute() && pointsTo.startsWith(source)
            ? above.relativize(pointsTo)
            : pointsTo);
  }

  private static boolean isGit(Path relative) {
    return relative.endsWith(".git");
  }

  private static final class Fingerprint implements TreeVisitor {

    private final Path source;
    private final long maxBytes;
    private long hash = 1;
    private long bytes;
    private int files;

    Fingerprint(Path source, long maxBytes) {
      this.source = source;
      this.maxBytes = maxBytes;
    }

    @Override
    public boolean folder(Path relative, Opened folder) {
      // a folder's own time changes with its files
      return !isGit(relative);
    }

    @Override
    public void file(Path relative, Opened file) throws IOException {
      bytes += file.stat().size();
      add(relative, file.stat());
    }

    @Override
    public void link(Path relative, FileStat link, Path target) throws IOException {
      add(relative, link);
    }

    private void add(Path relative, FileStat stat) throws IOException {
      files++;
      if (bytes > maxBytes || files > MAX_FILES) {
        throw new IOException(
            source
                + ": expected a plugin of at most "
                + maxBytes
                + " bytes (plugins.max-repository) and "
                + MAX_FILES
                + " files, found more");
      }
      // the order of files in a folder isn't promised
      hash += (stat.hashCode() + 31L * relative.toString().hashCode()) * 0x9E3779B97F4A7C15L;
    }
  }
}
