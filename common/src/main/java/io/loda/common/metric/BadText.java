package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.UTF_8;

/** An error in a line, with its position. It is cheap to throw, as a body may be full of them. */
final class BadText extends Exception {

  private static final long serialVersionUID = 1;
  private static final int LONGEST_SHOWN = 30;

  /** An index into the text. */
  private final int position;

  BadText(int position, String message) {
    super(message, null, false, false);
    this.position = position;
  }

  /** Returns position and error: {@code line 3, column 7: expected …}. */
  String described(byte[] text, int lineStart, long line) {
    long at = line;
    int column = 1;
    for (int i = lineStart; i < position; i++) {
      if (text[i] == '\n') {
        at++;
        column = 1;
      } else if ((text[i] & 0xc0) != 0x80) {
        // the continuation bytes of a character aren't counted
        column++;
      }
    }
    return "line " + at + ", column " + column + ": " + getMessage();
  }

  /** Returns a part of a line for an error: short, in quotes, without control characters. */
  static String shown(byte[] text, int from, int to) {
    int shownTo = Math.min(to, from + LONGEST_SHOWN);
    return '"'
        + new String(text, from, shownTo - from, UTF_8).replaceAll("\\p{Cntrl}", "?")
        + (shownTo < to ? "…\"" : "\"");
  }
}
