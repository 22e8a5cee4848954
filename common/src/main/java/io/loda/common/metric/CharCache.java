package io.loda.common.metric;

/**
 * Reuses strings that recur: names and the values of tags. A string that replaces another in the
 * cache costs only that saving. One thread.
 */
final class CharCache {

  private static final int PLACES = 1024;
  private static final int LONGEST = 64;

  private final String[] texts = new String[PLACES];

  /** Returns the string of these characters. */
  String of(char[] chars, int offset, int length) {
    if (length > LONGEST) {
      return new String(chars, offset, length);
    }
    int hash = 0;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + chars[i];
    }
    int place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    String known = texts[place];
    if (known != null && equal(known, chars, offset, length)) {
      return known;
    }
    String text = new String(chars, offset, length);
    texts[place] = text;
    return text;
  }

  private static boolean equal(String text, char[] chars, int offset, int length) {
    if (text.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (text.charAt(i) != chars[offset + i]) {
        return false;
      }
    }
    return true;
  }
}
