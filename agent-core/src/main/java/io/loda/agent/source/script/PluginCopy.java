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
 * Copies a plugin's folder for root, readable by the plugin's group. The source's owner may change
 * it during the copy: only opened files are copied, and only regular ones of that owner or root.
 *
 * <p>It is needed if the plugin's user can't reach the folder, like a clone below {@code /root}
 * (mode 700). The copy is made anew when the folder changed.
 */
final class PluginCopy implements TreeVisitor {

  private static final int MAX_FILES = 5_000;

  /** More files than {@link #MAX_FILES}, so that the error names that limit. */
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
   * Copies a folder without {@code .git}; blocks. Only this process can enter the target until the
   * copy is complete.
   *
   * @param target must not exist, and is created
   * @param group may read the copy
   */
  static void make(Path source, Path target, int group, long maxBytes) throws IOException {
    SafeFiles.walk(source, BOUNDS, new PluginCopy(source, target, group, maxBytes));
    Files.setAttribute(target, "unix:gid", group);
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-x---"));
  }

  /** Returns a hash of the names, sizes, modes and times of a folder's files; blocks. */
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
    // an absolute link into the plugin's folder must lead into the copy
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
      // the time of a folder isn't part of the hash
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
      // files are listed in any order, so the hash must not depend on it
      hash += (stat.hashCode() + 31L * relative.toString().hashCode()) * 0x9E3779B97F4A7C15L;
    }
  }
}
