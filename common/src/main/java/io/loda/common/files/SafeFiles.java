package io.loda.common.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Opens, lists, walks, copies and deletes files of anybody. No other class may open a file by its
 * path unless the file is the agent's own. A link is followed only if its folder belongs to root or
 * to this process's user and nobody else may write there (in a sticky folder of root's, such as
 * {@code /tmp}, only a link that belongs to them). Never waits for a named pipe. Blocks as long as
 * the file system does: worker threads only.
 */
public final class SafeFiles {

  /** The option that the JVM must be started with. */
  public static final String JVM_OPTION = "--add-opens=java.base/sun.nio.fs=ALL-UNNAMED";

  private static final long MOST_DELETED = 10_000_000;

  private SafeFiles() {}

  /** Fails if this JVM can't open files safely; the message says what to do. */
  public static void check() {
    String problem = Kernel.problem();
    if (problem != null) {
      throw new IllegalStateException(problem);
    }
  }

  /** Returns a path's bytes on disk, in whatever encoding. */
  public static byte[] bytes(Path path) throws IOException {
    return Kernel.bytes(path);
  }

  /** Opens whatever the path leads to; must be closed. */
  public static Opened open(Path path) throws IOException {
    return PathWalk.open(path, true);
  }

  /** Like {@link #open}, but opens a link at the end itself. */
  public static Opened openUnfollowed(Path path) throws IOException {
    return PathWalk.open(path, false);
  }

  /** Like {@link #open}; fails unless it is a regular file. */
  public static Opened openRegular(Path path) throws IOException {
    Opened opened = open(path);
    if (opened.stat().isRegular()) {
      return opened;
    }
    opened.close();
    throw new FileSystemException(
        path.toString(), null, "is " + opened.stat().type() + "; expected a regular file");
  }

  /** Like {@link #open}; fails unless it is a folder. */
  public static Opened openFolder(Path path) throws IOException {
    Opened opened = open(path);
    if (opened.stat().isFolder()) {
      return opened;
    }
    opened.close();
    throw new FileSystemException(
        path.toString(), null, "is " + opened.stat().type() + "; expected a folder");
  }

  /** Returns a regular file's text; fails if that exceeds {@code maxBytes}. */
  public static String readString(Path path, int maxBytes) throws IOException {
    try (Opened opened = openRegular(path)) {
      return opened.text(maxBytes);
    }
  }

  /** Returns a regular file's content; fails if that exceeds {@code maxBytes}. */
  public static byte[] readBytes(Path path, int maxBytes) throws IOException {
    try (Opened opened = openRegular(path)) {
      return opened.readAll(maxBytes);
    }
  }

  /** Returns the path without links. */
  public static Path realPath(Path path) throws IOException {
    try (Opened opened = open(path)) {
      return opened.realPath();
    }
  }

  /** Returns the names in a folder, unordered; fails if there are more than {@code most}. */
  public static List<Path> list(Path folder, int most) throws IOException {
    try (Opened opened = openFolder(folder)) {
      return opened.names(most);
    }
  }

  /** Walks a folder and all below it, and calls the visitor for each entry, the folder first. */
  public static void walk(Path folder, TreeBounds bounds, TreeVisitor visitor) throws IOException {
    try (Opened opened = openFolder(folder)) {
      walk(opened, bounds, visitor);
    }
  }

  /** Like its overload, for an open folder, which stays open. */
  public static void walk(Opened folder, TreeBounds bounds, TreeVisitor visitor)
      throws IOException {
    new TreeWalk(visitor, bounds).below(folder);
  }

  /**
   * Copies folders, regular files and links to a new folder that only this process's user can
   * enter; below it everybody may read, and run what is executable. A file of another owner, which
   * may be a hard link, is a failure. A failed copy isn't deleted.
   *
   * @param target in a folder of this process's user; must not exist
   * @param owners the users whose files are copied
   * @param maxBytes of all files together; more is a failure
   */
  public static void copyTree(
      Path source, Path target, Owners owners, TreeBounds bounds, long maxBytes)
      throws IOException {
    walk(source, bounds, new TreeCopy(target, owners, TreeCopy.EVERYBODY, maxBytes));
  }

  /**
   * Returns the visitor of {@link #copyTree}, for a walk that copies only a part; below the target
   * only one group may read.
   */
  public static TreeVisitor copying(Path target, Owners owners, int group, long maxBytes) {
    return new TreeCopy(target, owners, group, maxBytes);
  }

  /**
   * Deletes a file, a link (not its target) or a folder with all that is in it; does nothing if it
   * is missing.
   *
   * @return how many names were deleted; fails if any are left, and says which and how many
   */
  public static long deleteTree(Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    Path name = absolute.getFileName();
    if (parent == null || name == null) {
      throw new IllegalArgumentException("isn't deleted: " + path);
    }
    try (Opened above = openFolder(parent);
        Opened opened = above.child(name)) {
      if (!opened.stat().isFolder()) {
        above.deleteFile(name);
        return 1;
      }
      long deleted = empty(opened);
      above.deleteFolder(name);
      return deleted + 1;
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** Deletes all that is in a folder, like {@link #deleteTree}. */
  public static long empty(Opened folder) throws IOException {
    TreeDeletion.Deleted done = new TreeDeletion(folder, MOST_DELETED).run();
    IOException first = done.first();
    if (first != null || done.left() > 0) {
      throw new IOException(
          folder + ": " + done.left() + " entries can't be deleted: " + first, first);
    }
    return done.deleted();
  }
}
