package io.loda.agent.assignment;

import java.util.regex.Pattern;

/**
 * Checks the branch, tag or commit that an item pins a plugin to. An invalid one doesn't end the
 * plugin: the version in force goes on, and the plugin's status says why.
 */
public final class GitRef {

  /** A reference can't begin with a dash: git would read an option. */
  private static final Pattern REF = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./+@-]{0,199}");

  private GitRef() {}

  /** Returns whether it is empty or may be the name of a branch, a tag or a commit. */
  public static boolean isValid(String ref) {
    return ref.isEmpty() || (REF.matcher(ref).matches() && !ref.contains(".."));
  }

  /** Says what is wrong with an invalid reference. */
  public static String problem(String ref) {
    return "ref: expected a branch, a tag or a commit, found \"" + ref + '"';
  }

  /**
   * Checks a reference.
   *
   * @throws IllegalArgumentException when it is invalid
   */
  public static void check(String ref) {
    if (!isValid(ref)) {
      throw new IllegalArgumentException(problem(ref));
    }
  }
}
