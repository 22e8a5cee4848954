package io.loda.agent.source.script.cage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A world-writable folder like {@code /tmp}, and what plugins' users have in it and in writable
 * folders below it. It is listed only if one of these folders has changed or a minute has passed,
 * and so rarely that listing takes at most a twentieth of the time. Any thread.
 */
final class SharedFolder {

  private static final long SHARE = 20;

  /** The resolution of the kernel's file times: a change may have an earlier time. */
  private static final long COARSE_MILLIS = 50;

  /** A folder may become writable without a change of its parent, so list again after this time. */
  private static final long FRESH_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Path folder;
  private final Set<Long> known = ConcurrentHashMap.newKeySet();
  private Map<Long, List<Path>> owned = Map.of();
  private Map<Path, FileTime> listed = Map.of();
  private boolean fresh;
  private long listedNanos;
  private long dueNanos = System.nanoTime();

  SharedFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Returns a user's entries.
   *
   * @param uid a user that only one plugin runs as
   */
  synchronized List<Path> entriesOf(long uid) {
    fresh &= !known.add(uid);
    long start = System.nanoTime();
    if (start - dueNanos >= 0) {
      if (!fresh || start - listedNanos > FRESH_NANOS || isChanged()) {
        listedNanos = start;
        list();
      }
      long end = System.nanoTime();
      dueNanos = end + (end - start) * SHARE;
    }
    return owned.getOrDefault(uid, List.of()).stream().filter(entry -> uid(entry) == uid).toList();
  }

  /** Makes the next call list the folder, however long that takes. */
  synchronized void lookAgain() {
    dueNanos = System.nanoTime();
    fresh = false;
  }

  private boolean isChanged() {
    return listed.entrySet().stream()
        .anyMatch(one -> !one.getValue().equals(changed(one.getKey())));
  }

  private void list() {
    long millis = System.currentTimeMillis();
    try {
      SharedListing listing = SharedListing.of(folder, known);
      owned = listing.owned();
      listed = listing.folders();
      fresh = listed.values().stream().allMatch(time -> millis - time.toMillis() > COARSE_MILLIS);
    } catch (IOException e) {
      owned = Map.of();
      fresh = false;
    }
  }

  /** Returns the time of the last change, which nobody can forge; the epoch if the path is gone. */
  private FileTime changed(Path path) {
    try {
      return (FileTime)
          (path.equals(folder)
              ? Files.getAttribute(path, "unix:ctime")
              : Files.getAttribute(path, "unix:ctime", LinkOption.NOFOLLOW_LINKS));
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  /** Returns the owner of an entry; of a link itself, not its target. */
  private static long uid(Path entry) {
    try {
      return ((Integer) Files.getAttribute(entry, "unix:uid", LinkOption.NOFOLLOW_LINKS))
          .longValue();
    } catch (IOException e) {
      return -1;
    }
  }
}
