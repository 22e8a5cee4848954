package io.loda.agent.source.script.cage;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A world-writable folder like {@code /tmp}, and what plugins' users have in it. It is listed only
 * if it has changed, and so seldom that this takes at most a twentieth of the time. Any thread.
 */
final class SharedFolder {

  private static final long SHARE = 20;

  /** The kernel's clock for files is this coarse: a change may have an earlier time. */
  private static final long COARSE_MILLIS = 50;

  /** Entries kept for one user; more than a run may have, so that too many are noticed. */
  private static final int MOST_ENTRIES = FileSum.MOST_FILES + 1;

  private final Path folder;
  private final Set<Long> known = ConcurrentHashMap.newKeySet();
  private Map<Long, List<Path>> owned = Map.of();
  private FileTime listed = FileTime.fromMillis(0);
  private boolean fresh;
  private long dueNanos = System.nanoTime();

  SharedFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * What a user has in it.
   *
   * @param uid a user that only one plugin runs as
   */
  synchronized List<Path> entriesOf(long uid) {
    fresh &= !known.add(uid);
    if (System.nanoTime() - dueNanos >= 0 && isChanged()) {
      long start = System.nanoTime();
      list();
      dueNanos = System.nanoTime() + (System.nanoTime() - start) * SHARE;
    }
    return owned.getOrDefault(uid, List.of()).stream().filter(entry -> uid(entry) == uid).toList();
  }

  /** Makes the next call list it, however long that takes. */
  synchronized void lookAgain() {
    dueNanos = System.nanoTime();
    fresh = false;
  }

  private boolean isChanged() {
    try {
      FileTime changed = Files.getLastModifiedTime(folder);
      boolean old = System.currentTimeMillis() - changed.toMillis() > COARSE_MILLIS;
      if (fresh && changed.equals(listed)) {
        return false;
      }
      listed = changed;
      fresh = old;
      return true;
    } catch (IOException e) {
      owned = Map.of();
      return false;
    }
  }

  private void list() {
    Map<Long, List<Path>> found = new HashMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        long uid = uid(entry);
        if (known.contains(uid)) {
          List<Path> own = found.computeIfAbsent(uid, unused -> new ArrayList<>());
          if (own.size() < MOST_ENTRIES) {
            own.add(entry);
          }
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      fresh = false;
    }
    owned = found;
  }

  /** The owner of an entry; of a link itself, not its target. */
  private static long uid(Path entry) {
    try {
      return ((Integer) Files.getAttribute(entry, "unix:uid", LinkOption.NOFOLLOW_LINKS))
          .longValue();
    } catch (IOException e) {
      return -1;
    }
  }
}
