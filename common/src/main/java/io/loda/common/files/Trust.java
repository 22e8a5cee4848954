package io.loda.common.files;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Whether what was opened can be run or believed: all of its way belongs to trusted users, and
 * nobody else can change any of it. Who owns the installation, whose code runs anyway, is trusted
 * for what is in it, with its group where that may write the installation itself; how one gets to
 * the installation doesn't matter then. Any thread.
 *
 * @param home the installation's folder
 * @param owners whose files are trusted wherever they are; empty: everybody's
 */
public record Trust(Path home, Optional<Owners> owners) {

  private static final int GROUP_WRITE = 020;

  /** Root, the user of this process, and whoever owns the installation. */
  public Trust(Path home) {
    this(home, Optional.of(Owners.ours()));
  }

  /** Everybody: somebody who may do anything named the file by hand. */
  public static Trust everybody() {
    return new Trust(Path.of("/"), Optional.empty());
  }

  /** These and others, wherever something is. */
  public Trust and(Iterable<Integer> uids) {
    Optional<Owners> more = owners;
    for (int uid : uids) {
      more = more.map(all -> all.and(uid));
    }
    return new Trust(home, more);
  }

  /**
   * Says why something isn't trusted, which folder is to blame, and what to do; empty where it is.
   * Blocks shortly.
   */
  public Optional<String> problem(Opened opened) {
    return problem(opened, Owners.NO_GROUP, false);
  }

  private Optional<String> problem(Opened opened, int group, boolean inside) {
    return owners
        .flatMap(trusted -> blame(trusted, opened.way(), group, inside))
        .map(blame -> blame + "; " + blame.remedy());
  }

  /**
   * Says why a folder of ours isn't safe at a path, or can't be made safely there: somebody else
   * could change it, or put a link there. Asks it, or the nearest one above that is there.
   */
  public Optional<String> problemOfOurs(Path folder) throws IOException {
    if (owners.isEmpty()) {
      return Optional.empty();
    }
    try {
      return problem(folder);
    } catch (NoSuchFileException e) {
      return problemAbove(folder, false);
    }
  }

  /**
   * As {@link #problemOfOurs}, of a file that is made anew, or is ours: asks the folders alone.
   *
   * @param groups whether a group may write there, as to {@code /var/log} of some distributions
   */
  public Optional<String> problemAbove(Path file, boolean groups) throws IOException {
    Path parent = file.toAbsolutePath().normalize().getParent();
    if (owners.isEmpty() || parent == null) {
      return Optional.empty();
    }
    try (Opened opened = SafeFiles.openFolder(parent)) {
      return problem(opened, groups ? Owners.ANY_GROUP : Owners.NO_GROUP, true);
    } catch (NoSuchFileException e) {
      return problemAbove(parent, groups);
    }
  }

  /** As {@link #problem(Opened)}, for what is below a folder or the folder itself. */
  public Optional<String> problem(Path path) throws IOException {
    try (Opened opened = SafeFiles.open(path)) {
      return problem(opened);
    }
  }

  private Optional<Owners.Blame> blame(Owners trusted, List<Step> way, int groups, boolean inside) {
    Optional<Owners.Blame> blame = trusted.blame(way, groups, inside);
    if (blame.isEmpty()) {
      // the installation could only excuse something
      return blame;
    }
    try (Opened installation = SafeFiles.openFolder(home)) {
      FileStat stat = installation.stat();
      for (int i = 0; i < way.size(); i++) {
        if (way.get(i).stat().sameFile(stat)) {
          int group = (stat.mode() & GROUP_WRITE) == 0 ? groups : stat.gid();
          return trusted.and(stat.uid()).blame(way.subList(i + 1, way.size()), group, inside);
        }
      }
    } catch (IOException e) {
      // no installation, so that nothing is in it
    }
    return blame;
  }
}
