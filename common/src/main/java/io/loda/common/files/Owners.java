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
 * Whose files are trusted: root's, this process' user's, and those of users that the owner named.
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

  /** Root and the user of this process. */
  public static Owners ours() {
    return OURS;
  }

  /** These and one more. */
  public Owners and(int uid) {
    Set<Integer> more = new HashSet<>(uids);
    more.add(uid);
    return new Owners(more);
  }

  /**
   * Returns the first part of a way that somebody else owns or may write, from {@code /} on; empty
   * where all of it is trusted. A sticky folder of root's is no danger for what a trusted user owns
   * in it.
   *
   * @param inside whether the way goes on, to what isn't there yet
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

  /** Whether a link in a folder was put there by a trusted user, and by nobody else. */
  boolean mayLead(FileStat folder, FileStat link) {
    return uids.contains(folder.uid())
        && (!folder.othersMayWrite()
            || (folder.uid() == 0 && folder.isSticky() && uids.contains(link.uid())));
  }

  private static boolean othersMayWrite(FileStat stat, int group) {
    return (stat.mode() & 02) != 0
        || ((stat.mode() & 020) != 0 && stat.gid() != group && group != ANY_GROUP);
  }

  /** The group of this process' user. */
  public static int ownGid() {
    return own("unix:gid");
  }

  /** The user of this process. */
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
   * A part of a way that isn't trusted.
   *
   * @param why as the end of a sentence that begins with the path
   * @param remedy what to do
   */
  public record Blame(Path path, String why, String remedy) {

    @Override
    public String toString() {
      return path + " " + why;
    }
  }
}
