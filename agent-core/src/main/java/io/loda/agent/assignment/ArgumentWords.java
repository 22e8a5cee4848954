package io.loda.agent.assignment;

import java.util.List;

/** Splits a plugin's arguments, which are one string. */
public final class ArgumentWords {

  private static final List<String> REFUSED = List.of("&&", ";", "|", "<", ">", "`");

  private ArgumentWords() {}

  /**
   * Splits the arguments that a registry assigned at blanks.
   *
   * @throws IllegalArgumentException when the text has characters with a meaning for a shell:
   *     arguments never go through one, and an author who expects it has to know
   */
  public static List<String> split(String key, String text) {
    for (String refused : REFUSED) {
      if (text.contains(refused)) {
        throw new IllegalArgumentException(
            key
                + ": expected arguments without && ; | < > ` (they don't go through a shell), found "
                + refused);
      }
    }
    return words(key, text);
  }

  /**
   * Splits at blanks, and takes all other characters as they are.
   *
   * @throws IllegalArgumentException for a NUL character, which no argument can hold
   */
  public static List<String> words(String key, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(key + ": expected text, found a NUL character");
    }
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
  }
}
