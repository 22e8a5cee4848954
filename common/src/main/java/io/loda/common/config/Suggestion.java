package io.loda.common.config;

import java.util.Collection;
import java.util.Comparator;

/** Suggests the known key that an unknown one probably means. */
public final class Suggestion {

  private static final int NEAR = 3;

  private Suggestion() {}

  /** Returns what to expect instead of an unknown key, in words. */
  public static String expected(String key, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt(k -> distance(key, k)))
        .filter(k -> distance(key, k) <= NEAR)
        .map(k -> "a known key (" + k + "?)")
        .orElse("a known key");
  }

  /** The Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
