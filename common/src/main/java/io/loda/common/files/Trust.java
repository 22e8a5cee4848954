package io.loda.common.files;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Decides whether an opened file may be run or believed: every part of its path belongs to a
 * trusted user, and nobody else can change any part. The owner of the installation, whose code runs
 * anyway, is trusted for what is in it; so is the installation's group if that may write it. For
 * files in it, the path above the installation doesn't matter. Any thread.
 *
 * @param home the installation's folder
 * @param owners the users whose files are trusted anywhere; empty: all users
 */
public record Trust(Path home, Optional<Owners> owners) {

  private static final int GROUP_WRITE = 020;

  /** Trusts root, this process's user, and the installation's owner. */
  public Trust(Path home) {
    this(home, Optional.of(Owners.ours()));
  }

  /** Trusts everybody: for a file that an operator with all rights named by hand. */
  public static Trust everybody() {
    return new Trust(Path.of("/"), Optional.empty());
  }

  /** Returns this trust with more users, whose files are trusted anywhere. */
  public Trust and(Iterable<Integer> uids) {
    Optional<Owners> more = owners;
    for (int uid : uids) {
      more = more.map(all -> all.and(uid));
    }
    return new Trust(home, more);
  }

  /**
   * Returns why a file isn't trusted, which folder is the reason, and what to do; empty if it is
   * trusted. Blocks shortly.
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
   * Returns why a folder of the agent isn't safe at a path, or can't be created safely: another
   * user could change it, or put a link there. Checks the folder, or the nearest existing one
   * above.
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
   * Like {@link #problemOfOurs}, for a file that is created, or is the agent's: checks only the
   * folders above it.
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

  /** Like {@link #problem(Opened)}, for a path. */
  public Optional<String> problem(Path path) throws IOException {
    try (Opened opened = SafeFiles.open(path)) {
      return problem(opened);
    }
  }

  private Optional<Owners.Blame> blame(Owners trusted, List<Step> way, int groups, boolean inside) {
    Optional<Owners.Blame> blame = trusted.blame(way, groups, inside);
    if (blame.isEmpty()) {
      // trusted already, so the installation doesn't matter
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
      // there is no installation, so the file isn't in it
    }
    return blame;
  }
}
