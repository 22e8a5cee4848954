package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Segment;
import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.PidLock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder of a spool, locked by one process at a time. Blocks. */
public final class SpoolFolder implements Closeable {

  /** A segment's name; the first digit is bounded so that numbers can't overflow. */
  private static final Pattern NAME =
      Pattern.compile("([0-3][0-9a-f]{15})-([0-3][0-9a-f]{15})\\.spool");

  private static final Logger LOG = LoggerFactory.getLogger(SpoolFolder.class);

  /** The names of the spool's other files, including those of {@link PidLock}. */
  private static final Set<String> OTHERS =
      Set.of("cursor", "lock", ".lock.turn", ".lock.turn.next", "probe", "thinner");

  private static final int MOST_ASIDE = 1_000;
  private static final int PROBE_BYTES = 1 << 16;

  /** Folders whose unknown free space was logged. */
  private static final Set<Path> UNKNOWN = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final PidLock lock;
  private FileTime looked = FileTime.fromMillis(0);

  /** Another process has the spool. */
  public static final class InUseException extends IOException {
    private static final long serialVersionUID = 1L;

    InUseException(String message) {
      super(message);
    }
  }

  private SpoolFolder(Path folder, PidLock lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /** Returns the folder of an output's spool. */
  public static Path of(Path dataDir, String output) {
    return all(dataDir).resolve(SpoolName.of(output));
  }

  /** Returns the folder of all spools. */
  public static Path all(Path dataDir) {
    return dataDir.resolve("spool");
  }

  /**
   * Creates the folder if it is missing, and locks it.
   *
   * @throws InUseException when another process has the lock
   */
  static SpoolFolder take(Path folder) throws IOException {
    OwnFiles.createFolders(folder);
    setAsideOdd(folder);
    try {
      return new SpoolFolder(folder, PidLock.take(folder.resolve("lock")));
    } catch (PidLock.InUseException e) {
      throw new InUseException(
          "spool " + folder + " is in use by the process with pid " + e.pid() + "; stop it first");
    }
  }

  Path cursor() {
    return folder.resolve("cursor");
  }

  Path path() {
    return folder;
  }

  Path segment(long sequence, long points) {
    return folder.resolve("%016x-%016x.spool".formatted(sequence, points));
  }

  /** Returns whether files were added or deleted since the last call. */
  boolean changed() throws IOException {
    FileTime now;
    try {
      now = Files.getLastModifiedTime(folder);
    } catch (NoSuchFileException e) {
      return true;
    }
    boolean changed = !now.equals(looked);
    looked = now;
    return changed;
  }

  /**
   * Renames folders, links and devices with the name of a spool file: they would block a file, or
   * hang the agent when it opens them.
   */
  static void setAsideOdd(Path folder) throws IOException {
    for (Path entry : entries(folder)) {
      String name = entry.getFileName().toString();
      if (isOwnName(name)
          && !Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)
          && !isGone(entry)) {
        setAside(entry);
      }
    }
  }

  /** Renames a path that blocks a file, and logs it. */
  static void setAside(Path odd) {
    Path aside = odd.resolveSibling(odd.getFileName() + ".aside");
    for (int i = 2; !isGone(aside) && i < MOST_ASIDE; i++) {
      aside = odd.resolveSibling(odd.getFileName() + ".aside" + i);
    }
    try {
      Files.move(odd, aside);
      LOG.warn("spool: {} has the name of a spool file but isn't one: renamed to {}", odd, aside);
    } catch (IOException e) {
      LOG.warn(
          "spool: {} has the name of a spool file but isn't one; rename failed, remove it: {}",
          odd,
          e);
    }
  }

  public static List<Path> entries(Path folder) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      List<Path> all = new ArrayList<>();
      entries.forEach(all::add);
      return all;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** Returns the regular files of a folder that have names of the spool's. */
  static List<Path> ownFiles(Path folder) throws IOException {
    return entries(folder).stream()
        .filter(entry -> isOwnName(entry.getFileName().toString()))
        .filter(entry -> Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS))
        .toList();
  }

  private static boolean isOwnName(String name) {
    return NAME.matcher(name).matches() || OTHERS.contains(name);
  }

  /** Returns whether the folder's lock still has its name. */
  boolean isInPlace() {
    return lock.isInPlace();
  }

  /** Returns whether it is a folder, not a link, of this process's user. */
  static boolean isOurs(Path folder) throws IOException {
    return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS)
            .equals(Files.getOwner(Path.of("/proc/self")));
  }

  /** Returns whether the file certainly doesn't exist. */
  static boolean isGone(Path file) {
    return Files.notExists(file, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Checks that the file system has enough free space to write.
   *
   * @throws IOException if it has less than {@code delivery.min-free}
   */
  static void checkFree(Path folder, double minFreePercent) throws IOException {
    FileStore store;
    try {
      store = Files.getFileStore(folder);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // no mount of /proc/self/mounts contains the folder
      sayUnknown(folder, e);
      return;
    }
    long min = (long) (store.getTotalSpace() / 100.0 * minFreePercent);
    if (store.getUsableSpace() < min) {
      throw new IOException(
          "less than delivery.min-free ("
              + minFreePercent
              + " %) of the file system of "
              + folder
              + " is free");
    }
  }

  /**
   * Logs that the free space is unknown: after chroot the folder's mount may not be listed; a full
   * disk then fails the write.
   */
  private static void sayUnknown(Path folder, IOException why) {
    if (UNKNOWN.add(folder)) {
      LOG.warn(
          "spool {}: free space of its file system is unknown ({}); the spool is used, and"
              + " delivery.min-free has no effect",
          folder,
          FileReason.of(why));
    }
  }

  /** Writes and deletes a file, to check that the disk can be written. */
  void probe() throws IOException {
    Path file = folder.resolve("probe");
    try (FileChannel channel =
        OwnFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(PROBE_BYTES));
      channel.force(false);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** Returns the segments of a folder, oldest first, without their ends. */
  static List<Segment> segments(Path folder) throws IOException {
    List<Segment> segments = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return segments;
    }
    for (Path file : entries(folder)) {
      Matcher name = NAME.matcher(file.getFileName().toString());
      if (name.matches() && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        segments.add(
            new Segment(
                file,
                Long.parseUnsignedLong(name.group(1), 16),
                Long.parseUnsignedLong(name.group(2), 16)));
      }
    }
    segments.sort(Comparator.comparingLong(Segment::firstSequence));
    return segments;
  }

  /** Forces the folder to disk, and so the names of new files. */
  void force() throws IOException {
    OwnFiles.force(folder);
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
