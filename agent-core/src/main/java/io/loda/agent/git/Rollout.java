package io.loda.agent.git;

import java.util.List;
import java.util.stream.Stream;

/**
 * The rollout of a version that an update brought. After three failed runs in a row it is rolled
 * back if the version before was good. The first good run ends the rollout.
 *
 * <p>A plugin that had a good run and fails later mostly fails for another reason than the update,
 * so that going back wouldn't help. A stream may never end: 60 s without an end count as a good
 * run, unless all its output was refused. A run that the agent ended, to disable or restart the
 * stream, doesn't count.
 *
 * @param version in force
 * @param good whether its last run was good
 * @param before the last good version, during the rollout
 * @param failures in a row, during the rollout
 * @param from the version in force before this one
 * @param rejected versions that were rolled back, the latest last; each until its reference has
 *     another commit
 */
record Rollout(
    FetchedCommit version,
    boolean good,
    FetchedCommit before,
    int failures,
    FetchedCommit from,
    List<FetchedCommit> rejected) {

  private static final int FAILURES = 3;

  /** Bounds {@code rejected}: a registry may request any number of references. */
  private static final int MOST_REJECTED = 16;

  Rollout {
    rejected =
        List.copyOf(
            rejected.subList(Math.max(0, rejected.size() - MOST_REJECTED), rejected.size()));
  }

  /** Creates the rollout of a version of which nothing is known. */
  static Rollout of(FetchedCommit version) {
    return new Rollout(version, false, FetchedCommit.NONE, 0, FetchedCommit.NONE, List.of());
  }

  String commit() {
    return version.commit();
  }

  /** Returns the commit that was rolled back to the one in force; empty: none. */
  String rolledBack() {
    FetchedCommit last =
        rejected.isEmpty() ? FetchedCommit.NONE : rejected.get(rejected.size() - 1);
    return last.commit().equals(from.commit()) ? last.commit() : "";
  }

  /**
   * Returns whether a commit was rolled back before, whatever its reference is now: pinning and
   * unpinning must not bring it back. Only a reference that names this very commit does.
   */
  boolean refuses(FetchedCommit next) {
    return rejected.stream()
        .anyMatch(
            one -> one.commit().equals(next.commit()) && (!next.isPinned() || one.equals(next)));
  }

  /** Returns the rollout after an update. */
  Rollout updated(FetchedCommit next) {
    if (next.equals(version)) {
      return this;
    }
    if (next.commit().equals(version.commit())) {
      return new Rollout(next, good, before, failures, from, rejected);
    }
    return new Rollout(
        next,
        false,
        good ? version : before,
        0,
        version,
        rejected.stream().filter(one -> !one.ref().equals(next.ref())).toList());
  }

  /** Returns the rollout after a run; the same object if nothing changes. */
  Rollout ran(String ran, boolean ok) {
    if (!ran.equals(version.commit()) || (ok && good && before.isNone())) {
      return this;
    }
    if (ok) {
      return new Rollout(version, true, FetchedCommit.NONE, 0, from, rejected);
    }
    if (before.isNone()) {
      return good ? new Rollout(version, false, FetchedCommit.NONE, 0, from, rejected) : this;
    }
    return new Rollout(version, false, before, failures + 1, from, rejected);
  }

  /** Returns whether it has failed too often and must be rolled back. */
  boolean mustRollBack() {
    return !before.isNone() && failures >= FAILURES;
  }

  Rollout afterRollback() {
    return new Rollout(
        /* version= */ before,
        true,
        /* before= */ FetchedCommit.NONE,
        0,
        /* from= */ version,
        Stream.concat(rejected.stream().filter(one -> !one.equals(version)), Stream.of(version))
            .toList());
  }

  /** Returns the rollout if the version to roll back to is gone. */
  Rollout withoutRollback() {
    return new Rollout(version, false, FetchedCommit.NONE, 0, from, rejected);
  }

  /**
   * Returns the rollout if the file has another version than the one in force: after a kill the
   * file may be a step ahead of the link.
   */
  Rollout at(String current) {
    if (version.commit().equals(current)) {
      return this;
    }
    if (!before.isNone() && before.commit().equals(current)) {
      return mustRollBack()
          ? afterRollback()
          : new Rollout(before, true, FetchedCommit.NONE, 0, FetchedCommit.NONE, rejected);
    }
    return !from.isNone() && from.commit().equals(current)
        ? new Rollout(from, false, before, 0, FetchedCommit.NONE, rejected)
        : of(new FetchedCommit(current, FetchedCommit.UNKNOWN));
  }

  /** Returns the same, with a reference for versions whose reference was unknown. */
  Rollout by(String ref) {
    return new Rollout(
        version.by(ref),
        good,
        before.by(ref),
        failures,
        from.by(ref),
        rejected.stream().map(one -> one.by(ref)).toList());
  }
}
