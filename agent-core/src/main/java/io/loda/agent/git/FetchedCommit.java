package io.loda.agent.git;

/**
 * A version and the reference that it came by.
 *
 * @param commit empty: there is none
 * @param ref the reference asked for; empty: the configured branch
 */
record FetchedCommit(String commit, String ref) {

  /** An older agent didn't save the reference; no reference has this name. */
  static final String UNKNOWN = "?";

  static final FetchedCommit NONE = new FetchedCommit("", UNKNOWN);

  boolean isNone() {
    return commit.isEmpty();
  }

  /** Returns whether the reference was this very commit. */
  boolean isPinned() {
    return commit.equalsIgnoreCase(ref);
  }

  /** The same, with this reference if it was unknown. */
  FetchedCommit by(String known) {
    return ref.equals(UNKNOWN) ? new FetchedCommit(commit, known) : this;
  }
}
