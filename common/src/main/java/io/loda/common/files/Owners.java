package io.loda.common.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The users whose files are trusted: root, this process's user, and those that the owner named.
 *
 * @param uids all of them
 */
public record Owners(Set<Integer> uids) {

  static final int NO_GROUP = -1;
  static final int ANY_GROUP = -2;

  private static final Owners OURS = new Owners(Set.copyOf(List.of(0, ownUid())));

  public Owners {
    uids = Set.copyOf(uids);
  }

  /** Returns root and this process's user. */
  public static Owners ours() {
    return OURS;
  }

  /** Returns these and another user. */
  public Owners and(int uid) {
    Set<Integer> more = new HashSet<>(uids);
    more.add(uid);
    return new Owners(more);
  }

  /**
   * Returns the first part of a path, from {@code /} on, that an untrusted user owns or may write;
   * empty if all parts are trusted. A sticky folder of root's is safe for what a trusted user owns
   * in it.
   *
   * @param inside whether the path continues, to a file that doesn't exist yet
   */
  Optional<Blame> blame(List<Step> way, int group, boolean inside) {
    for (int i = 0; i < way.size(); i++) {
      Step step = way.get(i);
      boolean last = i == way.size() - 1 && !inside;
      if (!uids.contains(step.stat().uid())) {
        return Optional.of(
            new Blame(
                step.path(),
                "belongs to the user with id " + step.stat().uid(),
                "let it belong to root (chown root " + step.path() + ")"));
      }
      if (othersMayWrite(step.stat(), group)
          && (last || !(step.stat().isSticky() && step.stat().uid() == 0))) {
        return Optional.of(
            new Blame(
                step.path(),
                "may be written by others (mode " + step.mode() + ")",
                "take that from them (chmod go-w " + step.path() + ")"));
      }
    }
    return Optional.empty();
  }

  /** Returns whether only a trusted user can have put a link into a folder. */
  boolean mayLead(FileStat folder, FileStat link) {
    return uids.contains(folder.uid())
        && (!folder.othersMayWrite()
            || (folder.uid() == 0 && folder.isSticky() && uids.contains(link.uid())));
  }

  private static boolean othersMayWrite(FileStat stat, int group) {
    return (stat.mode() & 02) != 0
        || ((stat.mode() & 020) != 0 && stat.gid() != group && group != ANY_GROUP);
  }

  /** Returns the group of this process. */
  public static int ownGid() {
    return own("unix:gid");
  }

  /** Returns the user of this process. */
  public static int ownUid() {
    return own("unix:uid");
  }

  private static int own(String attribute) {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), attribute);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * An untrusted part of a path.
   *
   * @param why continues a sentence that begins with the path
   * @param remedy what to do
   */
  public record Blame(Path path, String why, String remedy) {

    @Override
    public String toString() {
      return path + " " + why;
    }
  }
}
