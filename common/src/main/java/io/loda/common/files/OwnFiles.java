package io.loda.common.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The agent's own files, which only its user reads, changes or locks. New files and folders are
 * private from the start, whatever the umask. Blocks; any thread.
 */
public final class OwnFiles {

  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> PASSABLE =
      PosixFilePermissions.fromString("rwx--x--x");

  /** The size of one write. */
  private static final int PART_BYTES = 64 * 1024;

  private OwnFiles() {}

  /** Creates a folder that only this process's user can enter, with its missing parents. */
  public static Path createFolders(Path folder) throws IOException {
    return Files.createDirectories(folder, attributes(FOLDER));
  }

  /** Creates the folder of a file, like {@link #createFolders}. */
  public static void createFolderOf(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      createFolders(parent);
    }
  }

  /**
   * Creates a folder that others can go through but not list; sets an existing one of this user to
   * that. A sticky folder is everybody's and isn't changed.
   */
  public static void createPassable(Path folder) throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.createDirectories(folder, attributes(PASSABLE));
    int mode = (Integer) Files.getAttribute(folder, "unix:mode");
    if ((mode & 01066) != 0 && (mode & 01000) == 0 && isOurs(folder)) {
      Files.setPosixFilePermissions(folder, PASSABLE);
    }
  }

  /** Opens a file; if that creates it, it is private. */
  public static FileChannel open(Path file, OpenOption... options) throws IOException {
    return FileChannel.open(file, new HashSet<>(List.of(options)), attributes(FILE));
  }

  /**
   * Creates an empty private file, or makes an existing one private. Root refuses a file or link
   * that another user put there.
   */
  public static void createFile(Path file) throws IOException {
    try {
      open(file, CREATE_NEW, WRITE).close();
    } catch (FileAlreadyExistsException e) {
      if (Owners.ours().uids().size() == 1 && !isOurs(file)) {
        throw new FileSystemException(file.toString(), null, "belongs to somebody else");
      }
      mend(file);
    }
  }

  /** Writes a file; if that creates it, it is private. */
  public static void write(Path file, byte[] content) throws IOException {
    try (FileChannel channel = open(file, CREATE, TRUNCATE_EXISTING, WRITE)) {
      writeAll(channel, content);
    }
  }

  public static void writeAll(FileChannel channel, byte[] content) throws IOException {
    // in parts: the JDK writes through a native buffer as large as this one, and keeps it
    for (int from = 0; from < content.length; from += PART_BYTES) {
      ByteBuffer part = ByteBuffer.wrap(content, from, Math.min(PART_BYTES, content.length - from));
      while (part.hasRemaining()) {
        channel.write(part);
      }
    }
  }

  /** Like {@link #replace(Path, byte[])}, in UTF-8. */
  public static void replace(Path file, String text) throws IOException {
    replace(file, text.getBytes(UTF_8));
  }

  /**
   * Replaces a file atomically, so that a reader sees the old or the new content even after a power
   * failure. Creates the folder if it is missing; follows no link.
   */
  public static void replace(Path file, byte[] content) throws IOException {
    createFolderOf(file);
    Path next = file.resolveSibling("." + file.getFileName() + ".next");
    Files.deleteIfExists(next);
    try (FileChannel channel = open(next, CREATE_NEW, WRITE)) {
      writeAll(channel, content);
      channel.force(true);
    }
    Files.move(next, file, ATOMIC_MOVE, REPLACE_EXISTING);
  }

  /** Forces a file's content, or a folder's names, to disk. */
  public static void force(Path path) throws IOException {
    // a folder can only be opened for reading, and that is enough
    try (FileChannel channel = FileChannel.open(path, READ)) {
      channel.force(true);
    }
  }

  /** Returns a key that no other existing file has; follows links. */
  public static Object key(Path file) throws IOException {
    return Files.readAttributes(file, "unix:dev,ino");
  }

  /**
   * Returns whether a path leads to the file with this key; true if the disk fails, as that doesn't
   * tell.
   */
  public static boolean isAt(Path file, Object key) {
    try {
      return key(file).equals(key);
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** Returns whether only its owner has any access to it. */
  static boolean isPrivate(Path file) throws IOException {
    return ((Integer) Files.getAttribute(file, "unix:mode", NOFOLLOW_LINKS) & 077) == 0
        && isOurs(file);
  }

  private static boolean isOurs(Path file) throws IOException {
    return Files.getAttribute(file, "unix:uid", NOFOLLOW_LINKS)
        .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }

  /**
   * Removes the access that older agents gave others to a file, or to a folder and all below it;
   * does nothing if it is missing. Follows no link, and leaves other users' files alone.
   */
  public static void mend(Path path) throws IOException {
    try {
      if (Files.isSymbolicLink(path) || !isOurs(path)) {
        return;
      }
      boolean folder = Files.isDirectory(path, NOFOLLOW_LINKS);
      if (!isPrivate(path)) {
        Set<PosixFilePermission> mended =
            EnumSet.copyOf(Files.getPosixFilePermissions(path, NOFOLLOW_LINKS));
        mended.retainAll(FOLDER);
        mended.addAll(folder ? FOLDER : FILE);
        Files.setPosixFilePermissions(path, mended);
      }
      if (folder) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
          for (Path entry : entries) {
            mend(entry);
          }
        }
      }
    } catch (NoSuchFileException e) {
      // it is missing, or was deleted meanwhile
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> attributes(
      Set<PosixFilePermission> permissions) {
    return PosixFilePermissions.asFileAttribute(permissions);
  }
}
