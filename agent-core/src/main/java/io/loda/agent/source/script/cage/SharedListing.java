package io.loda.agent.source.script.cage;

import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Looks once for what some users have in a folder, and below it in folders that others than their
 * owners may write to. No link is followed, and no other file system entered.
 */
final class SharedListing {

  /** Entries kept for one user; more than a run may have, so that too many are noticed. */
  private static final int MOST_ENTRIES = FileSum.MOST_FILES + 1;

  /** While it looks, a folder of each level is open. */
  private static final int MOST_LEVELS = 32;

  private final Set<Long> users;
  private final Map<Long, List<Path>> owned = new HashMap<>();
  private final Map<Path, FileTime> folders = new HashMap<>();
  private long left;

  private SharedListing(Set<Long> users) {
    this.users = users;
    // whoever of them hides others' by many entries has too many itself
    this.left = (users.size() + 1L) * MOST_ENTRIES;
  }

  /**
   * Looks.
   *
   * @param users whose entries are wanted
   * @throws IOException when the folder itself can't be listed
   */
  static SharedListing of(Path folder, Set<Long> users) throws IOException {
    SharedListing listing = new SharedListing(Set.copyOf(users));
    try (Opened opened = SafeFiles.openFolder(folder)) {
      listing.add(opened, folder, Set.of(), 0);
    }
    return listing;
  }

  /** What is theirs, by user; not what is below a folder of the same user. */
  Map<Long, List<Path>> owned() {
    return owned;
  }

  /** The folders that were listed, and when each had been changed by then. */
  Map<Path, FileTime> folders() {
    return folders;
  }

  /**
   * Adds what is in a folder.
   *
   * @param above the users whose folders are above its entries: all in those is theirs already
   */
  private void add(Opened folder, Path path, Set<Long> above, int level) throws IOException {
    folders.put(path, folder.stat().changed());
    List<Path> writable = new ArrayList<>();
    try (DirectoryStream<Path> entries = folder.entries()) {
      for (Path entry : entries) {
        if (level > 0 && --left < 0) {
          break;
        }
        Path name = entry.getFileName();
        if (isWritableFolder(entry, path.resolve(name), above)
            && level < MOST_LEVELS
            && writable.size() < left) {
          writable.add(name);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    for (Path name : writable) {
      if (--left < 0) {
        return;
      }
      addBelow(folder, path, name, above, level + 1);
    }
  }

  /** Notes whose it is, and returns whether others may write there. */
  private boolean isWritableFolder(Path entry, Path path, Set<Long> above) {
    Map<String, Object> stat;
    try {
      stat = Files.readAttributes(entry, "unix:uid,mode,isDirectory", LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      // gone meanwhile
      return false;
    }
    long uid = number(stat, "uid");
    if (users.contains(uid) && !above.contains(uid)) {
      List<Path> own = owned.computeIfAbsent(uid, unused -> new ArrayList<>());
      if (own.size() < MOST_ENTRIES) {
        own.add(path);
      }
    }
    return Boolean.TRUE.equals(stat.get("isDirectory")) && (number(stat, "mode") & 022) != 0;
  }

  private void addBelow(Opened folder, Path path, Path name, Set<Long> above, int level) {
    try (Opened child = folder.child(name)) {
      if (child.stat().isFolder()
          && child.stat().othersMayWrite()
          && child.stat().device() == folder.stat().device()) {
        Set<Long> all = new HashSet<>(above);
        all.add((long) child.stat().uid());
        add(child, path.resolve(name), all, level);
      }
    } catch (IOException e) {
      // gone meanwhile, or nobody may look into it
    }
  }

  private static long number(Map<String, Object> stat, String name) {
    return ((Number) Objects.requireNonNull(stat.get(name))).longValue();
  }
}
