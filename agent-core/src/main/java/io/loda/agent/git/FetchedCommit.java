package io.loda.agent.git;

/**
 * A version and its reference.
 *
 * @param commit empty: there is none
 * @param ref the requested reference; empty: the configured branch
 */
record FetchedCommit(String commit, String ref) {

  /** Stands for a reference that an older agent didn't save; no reference has this name. */
  static final String UNKNOWN = "?";

  static final FetchedCommit NONE = new FetchedCommit("", UNKNOWN);

  boolean isNone() {
    return commit.isEmpty();
  }

  /** Returns whether the reference was the commit itself. */
  boolean isPinned() {
    return commit.equalsIgnoreCase(ref);
  }

  /** Returns the same with this reference if it was unknown. */
  FetchedCommit by(String known) {
    return ref.equals(UNKNOWN) ? new FetchedCommit(commit, known) : this;
  }
}
