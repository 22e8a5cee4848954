package io.loda.agent.builtin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * A file that grows, is renamed, truncated and replaced, and the place up to which it was read.
 *
 * <p>The place is known by device and inode, so a renamed file is read to its end before the one
 * that took its name; those between are found beside it. It is also known by the file's first
 * bytes: an inode may be used again, and a truncated file may have grown beyond the place
 * meanwhile. Not thread-safe.
 */
final class FollowedFile {
  private static final int HEAD_BYTES = 256;

  private final Path path;
  private Place place = new Place("", 0, 0, 0);

  FollowedFile(Path path) {
    this.path = path;
  }

  /**
   * @param file device and inode; empty when no file was seen yet
   * @param head checksum of the first bytes
   * @param headLength how many these are
   */
  private record Place(String file, long offset, long head, int headLength) {}

  /** What a reader does with bytes at the place. */
  interface Reader {

    /**
     * Uses as many of the bytes as it can.
     *
     * @param last whether nothing will ever come behind these
     * @return how many it has used; 0 when it needs more, or has no time: then it is asked again
     *     another time, of a renamed file too
     */
    int read(byte[] bytes, int length, boolean last) throws IOException;
  }

  boolean seen() {
    return !place.file.isEmpty();
  }

  void restore(Properties state, String prefix) {
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

  void save(Properties state, String prefix) {
    state.setProperty(prefix + "file", place.file);
    state.setProperty(prefix + "offset", Long.toString(place.offset));
    state.setProperty(prefix + "head", Long.toString(place.head));
    state.setProperty(prefix + "headLength", Integer.toString(place.headLength));
  }

  /** Goes to the end of the file as it is now; a file that isn't there will be read whole. */
  void skipToEnd() throws IOException {
    if (Files.exists(path)) {
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
        long size = channel.size();
        place = placeAt(identity(path), channel, size);
      }
    }
  }

  /**
   * Reads on, over as many files as have had the name meanwhile.
   *
   * @param buffer what is read at once
   * @param limit most bytes to read
   * @return whether the limit came before the end, or the reader stopped in a file that is renamed
   */
  boolean read(Reader reader, byte[] buffer, long limit) throws IOException {
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

  /** What is left of the limit; nothing where the rest is to be read before what came later. */
  private long read(Found file, Reader reader, byte[] buffer, long limit, boolean newest)
      throws IOException {
    String identity = file.identity;
    try (FileChannel channel = FileChannel.open(file.path, StandardOpenOption.READ)) {
      if (!identity(file.path).equals(identity)) {
        // Renamed since: to read what has its name now would leave out those between
        throw new NoSuchFileException(file.path.toString());
      }
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

  /** A file as it was when it was looked for: its name may be another's by the time it is read. */
  private record Found(Path path, String identity) {

    static Found of(Path path) throws IOException {
      return new Found(path, FollowedFile.identity(path));
    }
  }

  /** That of the place, if it has another name now, those that came after it, and the newest. */
  private List<Found> filesToRead() throws IOException {
    if (!Files.exists(path)) {
      return sibling(place.file).map(List::of).orElse(List.of());
    }
    Found newest = Found.of(path); // before the others: what is renamed meanwhile is among them
    if (!seen() || newest.identity.equals(place.file)) {
      return List.of(newest);
    }
    Optional<Found> old = sibling(place.file);
    List<Found> files = new ArrayList<>();
    if (old.isPresent()) {
      FileTime since = Files.getLastModifiedTime(old.get().path);
      files.add(old.get());
      for (Path other : siblings()) {
        if (!other.equals(old.get().path)
            && isNumbered(other)
            && Files.getLastModifiedTime(other).compareTo(since) > 0) {
          files.add(Found.of(other));
        }
      }
    }
    // Whoever writes goes on with the old file until it opens the new one
    if (files.isEmpty() || Files.size(path) > 0) {
      files.add(newest);
    }
    return files;
  }

  private Optional<Found> sibling(String identity) throws IOException {
    for (Path other : siblings()) {
      if (identity(other).equals(identity)) {
        return Optional.of(new Found(other, identity));
      }
    }
    return Optional.empty();
  }

  /** What the file may have been renamed to, oldest first. Compressed ones can't be read on. */
  private List<Path> siblings() throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return List.of();
    }
    String name = path.getFileName().toString();
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> isRotated(name, entry.getFileName().toString()))
          .filter(Files::isRegularFile)
          .sorted(Comparator.comparingLong(entry -> entry.toFile().lastModified()))
          .toList();
    }
  }

  private static boolean isRotated(String name, String other) {
    return other.startsWith(name) && !other.equals(name) && !other.matches(".*\\.(gz|xz|bz2|zst)");
  }

  /** Only numbers and dates: {@code app.log-debug} beside {@code app.log} is another log. */
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

  private static String identity(Path file) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(file, "unix:dev,ino");
    return attributes.get("dev") + ":" + attributes.get("ino");
  }
}
