package io.loda.common.logging;

/** Counts things in a text: {@code 1 file}, {@code 2 files}. */
public final class Plural {

  private Plural() {}

  /** Returns the count and the noun, which gets an s unless the count is one. */
  public static String of(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
