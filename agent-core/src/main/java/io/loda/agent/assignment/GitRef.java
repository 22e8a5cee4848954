package io.loda.agent.assignment;

import java.util.regex.Pattern;

/**
 * The branch, tag or commit that an item pins a plugin to. One that can be none is no reason to run
 * nothing: what ran before goes on, and the item's plugin says why.
 */
public final class GitRef {

  /** One that begins with a dash would be read as an option. */
  private static final Pattern REF = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./+@-]{0,199}");

  private GitRef() {}

  /** Whether git may have a branch, a tag or a commit of that name, or it is empty. */
  public static boolean isValid(String ref) {
    return ref.isEmpty() || (REF.matcher(ref).matches() && !ref.contains(".."));
  }

  /** What is wrong with one that isn't valid. */
  public static String problem(String ref) {
    return "ref: expected a branch, a tag or a commit, found \"" + ref + '"';
  }

  /**
   * Does nothing for a valid one.
   *
   * @throws IllegalArgumentException for others
   */
  public static void check(String ref) {
    if (!isValid(ref)) {
      throw new IllegalArgumentException(problem(ref));
    }
  }
}
