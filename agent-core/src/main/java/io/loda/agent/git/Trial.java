package io.loda.agent.git;

import java.util.List;
import java.util.stream.Stream;

/**
 * The trial of a version that an update brought. After three failed runs in a row it is rolled back
 * if the version before was good. The first good run ends the trial.
 *
 * @param version in force
 * @param good whether its last run was good
 * @param before the last good version, during the trial
 * @param failures in a row, during the trial
 * @param from the version in force before this one
 * @param rejected versions that were rolled back, the latest last; each until its reference has
 *     another commit
 */
record Trial(
    Came version, boolean good, Came before, int failures, Came from, List<Came> rejected) {

  private static final int FAILURES = 3;

  /** Bounds {@code rejected}: a registry may name any number of references. */
  private static final int MOST_REJECTED = 16;

  Trial {
    rejected =
        List.copyOf(
            rejected.subList(Math.max(0, rejected.size() - MOST_REJECTED), rejected.size()));
  }

  /** For a version of which nothing is known. */
  static Trial of(Came version) {
    return new Trial(version, false, Came.NONE, 0, Came.NONE, List.of());
  }

  String commit() {
    return version.commit();
  }

  /** The commit that was rolled back to the one in force; empty: none. */
  String rolledBack() {
    Came last = rejected.isEmpty() ? Came.NONE : rejected.get(rejected.size() - 1);
    return last.commit().equals(from.commit()) ? last.commit() : "";
  }

  /**
   * Returns whether a commit was rolled back before, by whatever reference it comes now: pinning
   * and unpinning must not bring it back. Only a reference that names this very commit does.
   */
  boolean refuses(Came next) {
    return rejected.stream()
        .anyMatch(
            one -> one.commit().equals(next.commit()) && (!next.isPinned() || one.equals(next)));
  }

  /** The trial after an update. */
  Trial updated(Came next) {
    if (next.equals(version)) {
      return this;
    }
    if (next.commit().equals(version.commit())) {
      return new Trial(next, good, before, failures, from, rejected);
    }
    return new Trial(
        next,
        false,
        good ? version : before,
        0,
        version,
        rejected.stream().filter(one -> !one.ref().equals(next.ref())).toList());
  }

  /** The trial after a run; the same object if that changes nothing. */
  Trial ran(String ran, boolean ok) {
    if (!ran.equals(version.commit()) || (ok && good && before.isNone())) {
      return this;
    }
    if (ok) {
      return new Trial(version, true, Came.NONE, 0, from, rejected);
    }
    if (before.isNone()) {
      return good ? new Trial(version, false, Came.NONE, 0, from, rejected) : this;
    }
    return new Trial(version, false, before, failures + 1, from, rejected);
  }

  /** Returns whether it has failed too often, so that it has to be rolled back. */
  boolean lost() {
    return !before.isNone() && failures >= FAILURES;
  }

  /** The trial after the rollback. */
  Trial takenBack() {
    return new Trial(
        /* version= */ before,
        true,
        /* before= */ Came.NONE,
        0,
        /* from= */ version,
        Stream.concat(rejected.stream().filter(one -> !one.equals(version)), Stream.of(version))
            .toList());
  }

  /** The trial if there is no version to roll back to any more. */
  Trial withoutReturn() {
    return new Trial(version, false, Came.NONE, 0, from, rejected);
  }

  /**
   * The trial if another version is in force than the file tells: after a kill the file may be a
   * step ahead of the link.
   */
  Trial at(String current) {
    if (version.commit().equals(current)) {
      return this;
    }
    if (!before.isNone() && before.commit().equals(current)) {
      return lost() ? takenBack() : new Trial(before, true, Came.NONE, 0, Came.NONE, rejected);
    }
    return !from.isNone() && from.commit().equals(current)
        ? new Trial(from, false, before, 0, Came.NONE, rejected)
        : of(new Came(current, Came.UNKNOWN));
  }

  /** The same, with a reference for versions whose reference was unknown. */
  Trial by(String ref) {
    return new Trial(
        version.by(ref),
        good,
        before.by(ref),
        failures,
        from.by(ref),
        rejected.stream().map(one -> one.by(ref)).toList());
  }
}
