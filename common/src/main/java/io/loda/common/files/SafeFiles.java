package io.loda.common.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Opens, lists, walks, copies and deletes for everybody; the only one that may open by a path what
 * isn't the agent's own. A link is followed only where its folder belongs to root or to the user of
 * this process and nobody else may write there (in a sticky folder of root's, such as {@code /tmp},
 * only a link that belongs to them). Nothing waits for a named pipe. Blocks as long as the file
 * system does: worker threads only.
 */
public final class SafeFiles {

  /** What the JVM has to be started with. */
  public static final String JVM_OPTION = "--add-opens=java.base/sun.nio.fs=ALL-UNNAMED";

  private static final long MOST_DELETED = 10_000_000;

  private SafeFiles() {}

  /** Fails with what to do, where this JVM can't open anything safely. */
  public static void check() {
    String problem = Kernel.problem();
    if (problem != null) {
      throw new IllegalStateException(problem);
    }
  }

  /** Returns a path's bytes as they are on disk, which may be in no encoding. */
  public static byte[] bytes(Path path) throws IOException {
    return Kernel.bytes(path);
  }

  /** Opens whatever is there; to be closed. */
  public static Opened open(Path path) throws IOException {
    return PathWalk.open(path, true);
  }

  /** As {@link #open}, but a link at the end is opened itself. */
  public static Opened openUnfollowed(Path path) throws IOException {
    return PathWalk.open(path, false);
  }

  /** As {@link #open}; fails for all but a regular file. */
  public static Opened openRegular(Path path) throws IOException {
    Opened opened = open(path);
    if (opened.stat().isRegular()) {
      return opened;
    }
    opened.close();
    throw new FileSystemException(
        path.toString(), null, "is " + opened.stat().type() + "; expected a regular file");
  }

  /** As {@link #open}; fails for all but a folder. */
  public static Opened openFolder(Path path) throws IOException {
    Opened opened = open(path);
    if (opened.stat().isFolder()) {
      return opened;
    }
    opened.close();
    throw new FileSystemException(
        path.toString(), null, "is " + opened.stat().type() + "; expected a folder");
  }

  /** Returns a regular file's text; fails where that is more than {@code maxBytes}. */
  public static String readString(Path path, int maxBytes) throws IOException {
    try (Opened opened = openRegular(path)) {
      return opened.text(maxBytes);
    }
  }

  /** Returns a regular file's content; fails where that is more than {@code maxBytes}. */
  public static byte[] readBytes(Path path, int maxBytes) throws IOException {
    try (Opened opened = openRegular(path)) {
      return opened.readAll(maxBytes);
    }
  }

  /** Returns where a path leads, without links. */
  public static Path realPath(Path path) throws IOException {
    try (Opened opened = open(path)) {
      return opened.realPath();
    }
  }

  /** Returns the names in a folder, in no order; fails where there are more. */
  public static List<Path> list(Path folder, int most) throws IOException {
    try (Opened opened = openFolder(folder)) {
      return opened.names(most);
    }
  }

  /** Tells all that is below a folder to a visitor, the folder itself first. */
  public static void walk(Path folder, TreeBounds bounds, TreeVisitor visitor) throws IOException {
    try (Opened opened = openFolder(folder)) {
      walk(opened, bounds, visitor);
    }
  }

  /** As the other, for a folder that is open; leaves it open. */
  public static void walk(Opened folder, TreeBounds bounds, TreeVisitor visitor)
      throws IOException {
    new TreeWalk(visitor, bounds).below(folder);
  }

  /**
   * Copies folders, regular files and links to a new folder that only we can enter, in which
   * everybody may read and run what is to be run. A file of somebody else's, which may be there by
   * a hard link, is a failure; what failed stays there.
   *
   * @param target in a folder of ours; must not be there
   * @param owners whose files are copied
   * @param maxBytes of all files together; more is a failure
   */
  public static void copyTree(
      Path source, Path target, Owners owners, TreeBounds bounds, long maxBytes)
      throws IOException {
    walk(source, bounds, new TreeCopy(target, owners, TreeCopy.EVERYBODY, maxBytes));
  }

  /**
   * What {@link #copyTree} does, for a walk of which only a part is copied; below the target one
   * group may read, and nobody else.
   */
  public static TreeVisitor copying(Path target, Owners owners, int group, long maxBytes) {
    return new TreeCopy(target, owners, group, maxBytes);
  }

  /**
   * Deletes a file, a link (not what it leads to) or a folder with all that is in it; nothing where
   * there is none.
   *
   * @return how many names went; fails where something is left, and says what and how many
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

  /** Deletes all that is in a folder; as {@link #deleteTree}. */
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
