package io.loda.agent.builtin.kit;

import io.loda.common.files.FileStat;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.zip.CRC32;

/**
 * A file that grows, is renamed, truncated or replaced, and the place up to which it was read.
 *
 * <p>The place has device and inode, so a renamed file is read to its end before its successor, and
 * so are files rotated in between. The place also has a checksum of the file's first bytes: an
 * inode may be reused, and a truncated file may have grown beyond the place meanwhile. Not
 * thread-safe.
 */
public final class FollowedFile {
  private static final int HEAD_BYTES = 256;
  private static final int MOST_NAMES = 10_000;

  private final Path path;
  private final Check check;
  private Place place = new Place("", 0, 0, 0);

  public FollowedFile(Path path, Check check) {
    this.path = path;
    this.check = check;
  }

  /** Checks each opened file; throws if it may not be read. */
  public interface Check {
    void check(Opened opened, Path path) throws IOException;
  }

  /**
   * @param file device and inode; empty before the first file
   * @param head checksum of the first bytes
   * @param headLength how many these are
   */
  private record Place(String file, long offset, long head, int headLength) {}

  /** Takes the bytes behind the place. */
  public interface Reader {

    /**
     * Uses as many of the bytes as possible.
     *
     * @param last whether nothing will ever follow these bytes
     * @return how many were used; 0 if it needs more bytes, or has no time: it is then called again
     *     later, also for a renamed file
     */
    int read(byte[] bytes, int length, boolean last) throws IOException;
  }

  public boolean seen() {
    return !place.file.isEmpty();
  }

  public void restore(Properties state, String prefix) {
    try {
      place =
          new Place(
              state.getProperty(prefix + "file", ""),
              Long.parseLong(state.getProperty(prefix + "offset", "0")),
              Long.parseLong(state.getProperty(prefix + "head", "0")),
              Integer.parseInt(state.getProperty(prefix + "headLength", "0")));
    } catch (NumberFormatException e) {
      place = new Place("", 0, 0, 0);
    }
  }

  public void save(Properties state, String prefix) {
    state.setProperty(prefix + "file", place.file);
    state.setProperty(prefix + "offset", Long.toString(place.offset));
    state.setProperty(prefix + "head", Long.toString(place.head));
    state.setProperty(prefix + "headLength", Integer.toString(place.headLength));
  }

  /** Moves to the current end of the file; a missing file will be read from its beginning. */
  public void skipToEnd() throws IOException {
    try (Opened opened = open(path);
        FileChannel channel = opened.read()) {
      place = placeAt(identity(opened.stat()), channel, channel.size());
    } catch (NoSuchFileException e) {
      // it will be read from its beginning
    }
  }

  /**
   * Continues reading, over all files that have had the name meanwhile.
   *
   * @param buffer for one read
   * @param limit the most bytes to read
   * @return whether the limit was reached, or the reader stopped in a renamed file
   */
  public boolean read(Reader reader, byte[] buffer, long limit) throws IOException {
    try {
      long left = limit;
      for (Iterator<Found> files = filesToRead().iterator(); files.hasNext() && left > 0; ) {
        left = read(files.next(), reader, buffer, left, !files.hasNext());
      }
      return left <= 0;
    } catch (NoSuchFileException e) {
      return false; // renamed or removed since it was listed: found by its inode the next time
    }
  }

  /**
   * Returns what is left of the limit; 0 if the rest of a renamed file must be read before newer
   * files.
   */
  private long read(Found file, Reader reader, byte[] buffer, long limit, boolean newest)
      throws IOException {
    String identity = file.identity;
    try (Opened opened = open(file.path)) {
      if (!identity(opened.stat()).equals(identity)) {
        // it was renamed; reading the file that has its name now would skip those in between
        throw new NoSuchFileException(file.path.toString());
      }
      return read(opened, identity, reader, buffer, limit, newest);
    }
  }

  private long read(
      Opened opened, String identity, Reader reader, byte[] buffer, long limit, boolean newest)
      throws IOException {
    try (FileChannel channel = opened.read()) {
      long start = identity.equals(place.file) && sameHead(channel) ? place.offset : 0;
      long offset = start;
      boolean stopped = false;
      while (offset - start < limit) {
        int most = (int) Math.min(buffer.length, limit - (offset - start));
        int length = channel.read(ByteBuffer.wrap(buffer, 0, most), offset);
        if (length <= 0) {
          break;
        }
        boolean last = !newest && offset + length == channel.size();
        int used = reader.read(buffer, length, last);
        if (used == 0) {
          stopped = !newest;
          break;
        }
        offset += used;
      }
      place = placeAt(identity, channel, offset);
      return stopped ? 0 : limit - (offset - start);
    }
  }

  private Opened open(Path file) throws IOException {
    Opened opened = SafeFiles.openRegular(file);
    try {
      check.check(opened, file);
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** A file when it was found: its name may belong to another file when it is read. */
  private record Found(Path path, String identity, FileTime modified, long size) {

    static Found of(Path path, Opened opened) {
      FileStat stat = opened.stat();
      return new Found(path, FollowedFile.identity(stat), stat.modified(), stat.size());
    }
  }

  /**
   * Returns the files to read: the place's file if it was renamed, those that followed it, and the
   * newest.
   */
  private List<Found> filesToRead() throws IOException {
    Found newest; // before the others: what is renamed meanwhile is among them
    try (Opened opened = open(path)) {
      newest = Found.of(path, opened);
    } catch (NoSuchFileException e) {
      return old(siblings()).map(List::of).orElse(List.of());
    }
    if (!seen() || newest.identity.equals(place.file)) {
      return List.of(newest);
    }
    List<Found> files = new ArrayList<>();
    List<Found> siblings = siblings();
    Optional<Found> old = old(siblings);
    if (old.isPresent()) {
      files.add(old.get());
      for (Found other : siblings) {
        if (!other.equals(old.get())
            && isNumbered(other.path)
            && other.modified.compareTo(old.get().modified) > 0) {
          files.add(other);
        }
      }
    }
    // the writer goes on with the old file until it opens the new one
    if (files.isEmpty() || newest.size > 0) {
      files.add(newest);
    }
    return files;
  }

  private Optional<Found> old(List<Found> siblings) {
    return siblings.stream().filter(other -> other.identity.equals(place.file)).findFirst();
  }

  /**
   * Returns the files that this one may have been renamed to, oldest first; a compressed one can't
   * be continued.
   */
  private List<Found> siblings() throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null) {
      return List.of();
    }
    List<Found> found = new ArrayList<>();
    try (Opened opened = SafeFiles.open(folder)) {
      if (!opened.stat().isFolder()) {
        return List.of();
      }
      String name = path.getFileName().toString();
      for (Path other : opened.names(MOST_NAMES, one -> isRotated(name, one.toString()))) {
        sibling(opened, folder, other).ifPresent(found::add);
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (Opened.TooManyException e) {
      // no log has so many rotated files: somebody with write access made them, and loses his
      // own rest
      return List.of();
    }
    found.sort(Comparator.comparing(Found::modified));
    return found;
  }

  private static Optional<Found> sibling(Opened folder, Path asked, Path name) throws IOException {
    try (Opened opened = folder.child(name)) {
      return opened.stat().isRegular()
          ? Optional.of(Found.of(asked.resolve(name), opened))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty(); // gone since it was listed
    }
  }

  private static boolean isRotated(String name, String other) {
    return other.startsWith(name) && !other.equals(name) && !other.matches(".*\\.(gz|xz|bz2|zst)");
  }

  /**
   * Returns whether only numbers and dates were added: {@code app.log-debug} is another log than
   * {@code app.log}.
   */
  private boolean isNumbered(Path other) {
    String name = path.getFileName().toString();
    return other.getFileName().toString().substring(name.length()).matches("[-._0-9TZ]+");
  }

  private boolean sameHead(FileChannel channel) throws IOException {
    return channel.size() >= place.offset && head(channel, place.headLength) == place.head;
  }

  private static Place placeAt(String identity, FileChannel channel, long offset)
      throws IOException {
    int length = (int) Math.min(HEAD_BYTES, offset);
    return new Place(identity, offset, head(channel, length), length);
  }

  private static long head(FileChannel channel, int length) throws IOException {
    ByteBuffer first = ByteBuffer.allocate(length);
    for (int at = 0; at < length; ) {
      int n = channel.read(first, at);
      if (n <= 0) {
        break;
      }
      at += n;
    }
    CRC32 sum = new CRC32();
    sum.update(first.flip());
    return sum.getValue();
  }

  private static String identity(FileStat stat) {
    return stat.device() + ":" + stat.inode();
  }
}
