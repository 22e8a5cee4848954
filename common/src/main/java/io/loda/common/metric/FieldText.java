package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/**
 * The meaning of a text that stands for a field's value in line protocol, where the Loda router
 * puts JSON strings. Any thread.
 */
public final class FieldText {

  private FieldText() {}

  /**
   * Returns how InfluxDB 1.x reads it: as a {@link Double}, a {@link Long} ({@code 5i}), a {@link
   * Boolean} or, in quotes, a {@link String}; null if InfluxDB refuses it.
   */
  public static @Nullable Object meaning(String text) {
    int last = text.length() - 1;
    if (last < 0 || text.length() > PointLimits.LONGEST_BYTES) {
      return null;
    }
    char first = text.charAt(0);
    if (first == '"') {
      return last > 0 && isOneString(text) ? unquoted(text) : null;
    }
    switch (text) {
      case "t", "T", "true", "True", "TRUE" -> {
        return true;
      }
      case "f", "F", "false", "False", "FALSE" -> {
        return false;
      }
      default -> {
        // 5u is valid only in later versions
        boolean number = (first >= '0' && first <= '9') || first == '-' || first == '.';
        return number && text.charAt(last) != 'u' ? number(text) : null;
      }
    }
  }

  private static @Nullable Number number(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    try {
      return LineProtocolNumber.read(bytes, 0, bytes.length);
    } catch (BadText e) {
      return null;
    }
  }

  /** Returns whether its first quote is closed by its last character, and no sooner. */
  private static boolean isOneString(String text) {
    int last = text.length() - 1;
    for (int i = 1; i < last; i++) {
      if (text.charAt(i) == '"') {
        return false;
      }
      if (text.charAt(i) == '\\' && isEscaped(text.charAt(i + 1))) {
        i++;
      }
      if (i == last) {
        return false;
      }
    }
    return text.charAt(last) == '"';
  }

  private static String unquoted(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 1; i < text.length() - 1; i++) {
      if (text.charAt(i) == '\\' && isEscaped(text.charAt(i + 1))) {
        i++;
      }
      plain.append(text.charAt(i));
    }
    return plain.toString();
  }

  private static boolean isEscaped(char c) {
    return c == '"' || c == '\\';
  }
}
