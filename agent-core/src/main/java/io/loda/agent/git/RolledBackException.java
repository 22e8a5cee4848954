package io.loda.agent.git;

import java.io.IOException;

/** The newest version was rolled back before, so the version in force remains. */
public final class RolledBackException extends IOException {

  private static final long serialVersionUID = 1L;

  RolledBackException(FetchedCommit refused) {
    super(
        "there is nothing newer than "
            + refused.commit()
            + ", which failed three times in a row and was rolled-back; push another commit, or set"
            + " ref to "
            + (refused.isPinned() ? "another one" : "all of its 40 digits to try it once more"));
  }
}
