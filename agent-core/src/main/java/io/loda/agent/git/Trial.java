package io.loda.agent.git;

import java.util.List;
import java.util.stream.Stream;

/**
 * How a plugin's version does that an update brought: three failed runs in a row, where the one
 * before was good, and it is taken back. The first good run ends the trial.
 *
 * @param version in force
 * @param good its last run was
 * @param before the last good version, while this one is on trial
 * @param failures so many in a row, while it is on trial
 * @param from the version that was in force before this one
 * @param rejected versions that were taken back, the last one last; each until another commit comes
 *     by its reference
 */
record Trial(
    Came version, boolean good, Came before, int failures, Came from, List<Came> rejected) {

  private static final int FAILURES = 3;

  /** Each by a reference of its own, of which a registry may name any number. */
  private static final int MOST_REJECTED = 16;

  Trial {
    rejected =
        List.copyOf(
            rejected.subList(Math.max(0, rejected.size() - MOST_REJECTED), rejected.size()));
  }

  /** Of one of which nothing is known. */
  static Trial of(Came version) {
    return new Trial(version, false, Came.NONE, 0, Came.NONE, List.of());
  }

  String commit() {
    return version.commit();
  }

  /** A commit that was taken back, while what runs is what was before it; empty: none. */
  String rolledBack() {
    Came last = rejected.isEmpty() ? Came.NONE : rejected.get(rejected.size() - 1);
    return last.commit().equals(from.commit()) ? last.commit() : "";
  }

  /**
   * Whether it was taken back, whatever it comes by now: a pin that is made and taken out again
   * must not bring it. Only who asks for exactly this commit gets it once more.
   */
  boolean refuses(Came next) {
    return rejected.stream()
        .anyMatch(
            one -> one.commit().equals(next.commit()) && (!next.isPinned() || one.equals(next)));
  }

  /** After an update. */
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

  /** After a run; the same object when that changes nothing. */
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

  /** It failed, and the one before has to come back. */
  boolean lost() {
    return !before.isNone() && failures >= FAILURES;
  }

  /** Once the one before is back. */
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

  /** Where the one before has gone meanwhile. */
  Trial withoutReturn() {
    return new Trial(version, false, Came.NONE, 0, from, rejected);
  }

  /**
   * The same, where another version is in force than was written down: an agent that was killed
   * leaves a file that is a step ahead of the link.
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

  /** The same, once it is known by what reference all of it came. */
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
