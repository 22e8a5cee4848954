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
 * The agent's own files: only its user reads, changes or locks them. What is made here is so from
 * its first moment, whatever the umask. Blocks; any thread.
 */
public final class OwnFiles {

  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> PASSABLE =
      PosixFilePermissions.fromString("rwx--x--x");

  /** Of a write. */
  private static final int PART_BYTES = 64 * 1024;

  private OwnFiles() {}

  /** Makes a folder that only we enter, and those above it, where there are none. */
  public static Path createFolders(Path folder) throws IOException {
    return Files.createDirectories(folder, attributes(FOLDER));
  }

  /** Makes the folder of a file, as {@link #createFolders} does. */
  public static void createFolderOf(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      createFolders(parent);
    }
  }

  /**
   * Makes a folder that others can go through and not look into, where there is none; one that is
   * there, and ours, becomes so. A sticky one is everybody's and stays as it is.
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

  /** Opens a file; one that is made by it is only ours. */
  public static FileChannel open(Path file, OpenOption... options) throws IOException {
    return FileChannel.open(file, new HashSet<>(List.of(options)), attributes(FILE));
  }

  /**
   * Makes an empty file where there is none; one that is there becomes only ours. Root takes none
   * that somebody else put there, nor such a link.
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

  /** Writes a file; one that is made by it is only ours. */
  public static void write(Path file, byte[] content) throws IOException {
    try (FileChannel channel = open(file, CREATE, TRUNCATE_EXISTING, WRITE)) {
      writeAll(channel, content);
    }
  }

  /** Writes all of it. */
  public static void writeAll(FileChannel channel, byte[] content) throws IOException {
    // in parts: the system's calls write from a buffer as large as this one's, and keep that
    for (int from = 0; from < content.length; from += PART_BYTES) {
      ByteBuffer part = ByteBuffer.wrap(content, from, Math.min(PART_BYTES, content.length - from));
      while (part.hasRemaining()) {
        channel.write(part);
      }
    }
  }

  /** As {@link #replace(Path, byte[])} does, in UTF-8. */
  public static void replace(Path file, String text) throws IOException {
    replace(file, text.getBytes(UTF_8));
  }

  /**
   * Writes a file, in a folder that is made where there is none, so that a reader, also after a
   * power cut, sees the old one or the new; follows no link.
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

  /** Waits until the disk has a file's content, or which files a folder has. */
  public static void force(Path path) throws IOException {
    // one for reading will do, and is all that a folder gives
    try (FileChannel channel = FileChannel.open(path, READ)) {
      channel.force(true);
    }
  }

  /** What tells a file from all others that are there; links are followed. */
  public static Object key(Path file) throws IOException {
    return Files.readAttributes(file, "unix:dev,ino");
  }

  /**
   * Whether a path leads to the file with this key; a disk that fails doesn't say that it's not.
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

  /** Whether nobody but its owner can read it, or do anything else with it. */
  static boolean isPrivate(Path file) throws IOException {
    return ((Integer) Files.getAttribute(file, "unix:mode", NOFOLLOW_LINKS) & 077) == 0
        && isOurs(file);
  }

  private static boolean isOurs(Path file) throws IOException {
    return Files.getAttribute(file, "unix:uid", NOFOLLOW_LINKS)
        .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }

  /**
   * Takes from others what older agents let them have of a file, or of a folder and all below it;
   * nothing where there is none. No link is followed, and what isn't ours stays as it is.
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
      // nothing to mend, or it went meanwhile
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> attributes(
      Set<PosixFilePermission> permissions) {
    return PosixFilePermissions.asFileAttribute(permissions);
  }
}
