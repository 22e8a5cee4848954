package io.loda.common.metric;

/** The limits of one point, which bound its processing time and memory. */
public final class PointLimits {

  public static final int MOST_TAGS = 256;
  public static final int MOST_FIELDS = 1024;

  /** The limit of a name or value in UTF-8. */
  public static final int LONGEST_BYTES = 64 * 1024;

  public static final String TOO_MANY_TAGS = "tags: expected at most " + MOST_TAGS + ", found more";

  public static final String TOO_MANY_FIELDS =
      "fields: expected at most " + MOST_FIELDS + ", found more";

  private static final String TOO_LONG =
      "expected at most " + LONGEST_BYTES + " bytes for a name or a value, found more";

  private static final int MOST_BYTES_A_CHAR = 3;
  private static final int SHOWN = 40;

  private PointLimits() {}

  /** Returns whether a name or value exceeds its limit. */
  public static boolean tooLong(String text) {
    int length = text.length();
    return length > LONGEST_BYTES / MOST_BYTES_A_CHAR
        && (length > LONGEST_BYTES || utf8Length(text) > LONGEST_BYTES);
  }

  /** Returns the error for a text that is too long. */
  public static String tooLong(String what, String name) {
    return shown(what + name) + ": " + TOO_LONG;
  }

  /** Returns the beginning of a text, for an error. */
  public static String shown(String text) {
    return text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
  }

  private static int utf8Length(String text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }
}
