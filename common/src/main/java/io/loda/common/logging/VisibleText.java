package io.loda.common.logging;

import io.loda.common.config.Secrets;

/**
 * Makes outside text safe to show: it can't steer a terminal, begin a line, reverse the order of
 * the text beside it, or show a password. Control characters (C0, C1, DEL), line ends and those of
 * writing from right to left become {@code \n}, {@code \t} or {@code \u001b}.
 */
public final class VisibleText {

  private VisibleText() {}

  public static String line(String text) {
    return escaped(Secrets.hidden(text), false);
  }

  /** Returns a text whose line breaks are the agent's own. */
  public static String lines(String text) {
    return escaped(Secrets.hidden(text), true);
  }

  /** Returns data with its line breaks, and nothing left out; JSON stays valid JSON. */
  public static String data(String text) {
    return escaped(text, true);
  }

  private static String escaped(String text, boolean lines) {
    int i = 0;
    while (i < text.length() && isPlain(text.charAt(i), lines)) {
      i++;
    }
    if (i == text.length()) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isPlain(c, lines)) {
        escaped.append(c);
      } else if (c == '\n') {
        escaped.append("\\n");
      } else if (c == '\r') {
        escaped.append("\\r");
      } else if (c == '\t') {
        escaped.append("\\t");
      } else {
        escaped.append("\\u%04x".formatted((int) c));
      }
    }
    return escaped.toString();
  }

  private static boolean isPlain(char c, boolean lines) {
    if (c < ' ') {
      return lines && (c == '\n' || c == '\t');
    }
    if (c < 0x7f) {
      return true;
    }
    return c > 0x9f
        && c != '\u061c'
        && !(c >= '\u200e' && c <= '\u200f')
        && !(c >= '\u2028' && c <= '\u202e')
        && !(c >= '\u2066' && c <= '\u2069');
  }
}
