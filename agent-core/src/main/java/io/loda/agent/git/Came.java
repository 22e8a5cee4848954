package io.loda.agent.git;

/**
 * A version, and how it came.
 *
 * @param commit empty: there is none
 * @param ref the reference that was asked for; empty: none, so that it is the configured branch's
 */
record Came(String commit, String ref) {

  /** An agent that didn't write the reference down; no reference is called so. */
  static final String UNKNOWN = "?";

  static final Came NONE = new Came("", UNKNOWN);

  boolean isNone() {
    return commit.isEmpty();
  }

  /** Whether exactly this commit was asked for. */
  boolean isPinned() {
    return commit.equalsIgnoreCase(ref);
  }

  /** The same, where nothing was known of the reference. */
  Came by(String known) {
    return ref.equals(UNKNOWN) ? new Came(commit, known) : this;
  }
}
