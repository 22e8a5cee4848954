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
 * Lists once what some users have in a folder, and in folders below that others than their owners
 * may write to. Follows no link, and enters no other file system.
 */
final class SharedListing {

  /** The entries kept for one user: more than a run may have, so that too many are noticed. */
  private static final int MOST_ENTRIES = FileSum.MOST_FILES + 1;

  /** The most levels: a folder of each is open while listing. */
  private static final int MOST_LEVELS = 32;

  private final Set<Long> users;
  private final Map<Long, List<Path>> owned = new HashMap<>();
  private final Map<Path, FileTime> folders = new HashMap<>();
  private long left;

  private SharedListing(Set<Long> users) {
    this.users = users;
    // a user whose many entries hide those of others has too many itself
    this.left = (users.size() + 1L) * MOST_ENTRIES;
  }

  /**
   * Lists the folder.
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

  /** Returns the entries by user, without those below a folder of the same user. */
  Map<Long, List<Path>> owned() {
    return owned;
  }

  /** Returns the listed folders with the time of their last change before the listing. */
  Map<Path, FileTime> folders() {
    return folders;
  }

  /**
   * Adds the entries of a folder.
   *
   * @param above the users who own a folder above: all in such a folder is counted as theirs
   *     already
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

  /** Notes the owner, and returns whether others may write to the folder. */
  private boolean isWritableFolder(Path entry, Path path, Set<Long> above) {
    Map<String, Object> stat;
    try {
      stat = Files.readAttributes(entry, "unix:uid,mode,isDirectory", LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      // it was deleted meanwhile
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
      // it was deleted meanwhile, or can't be listed
    }
  }

  private static long number(Map<String, Object> stat, String name) {
    return ((Number) Objects.requireNonNull(stat.get(name))).longValue();
  }
}
