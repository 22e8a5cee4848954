package io.loda.common.config;

import java.util.function.BiConsumer;

/**
 * Finds where the items of a HOCON list begin and end, without parsing them: the tree of all of
 * them would take a hundred times the memory of their text.
 */
final class HoconSplit {

  /** Bounds an item: its tree takes a hundred times the memory of its text. */
  private static final int LONGEST_ITEM = 64 * 1024;

  private final String text;
  private final BiConsumer<String, Integer> items;
  private int at;
  private int line = 1;

  /** The begin of the current item; −1: between two items. */
  private int start = -1;

  private int startLine;
  private int count;
  private boolean mayHaveComma;

  private HoconSplit(String text, BiConsumer<String, Integer> items) {
    this.text = text;
    this.items = items;
  }

  /**
   * Passes on each item with the line on which it begins.
   *
   * @throws IllegalArgumentException when it isn't a list
   */
  static void split(String hocon, BiConsumer<String, Integer> items) {
    HoconSplit split = new HoconSplit(hocon, items);
    split.blanks();
    if (split.next() != '[') {
      throw noList();
    }
    split.at++;
    split.list();
    split.blanks();
    if (split.at < hocon.length()) {
      throw noList();
    }
  }

  private static IllegalArgumentException noList() {
    return new IllegalArgumentException("expected a list of items: [ { … }, { … } ]");
  }

  private char next() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  /** Skips blanks, line breaks and comments. */
  private void blanks() {
    while (at < text.length() && (isBlank(next()) || isComment())) {
      step();
    }
  }

  private static boolean isBlank(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\ufeff';
  }

  private boolean isComment() {
    return next() == '#' || text.startsWith("//", at);
  }

  /** Skips a character, a comment without its line break, or a quoted text. */
  private void step() {
    if (isComment()) {
      int end = text.indexOf('\n', at);
      at = end < 0 ? text.length() : end;
    } else if (text.startsWith("\"\"\"", at)) {
      quoted(text.indexOf("\"\"\"", at + 3), 3);
      // the text may end in more than three quotes
      while (next() == '"') {
        at++;
      }
    } else if (next() == '"') {
      int end = at + 1;
      while (end < text.length() && text.charAt(end) != '"' && text.charAt(end) != '\n') {
        end += text.charAt(end) == '\\' ? 2 : 1;
      }
      // the parser reports a quote that isn't closed
      quoted(end < text.length() && text.charAt(end) == '"' ? end : -1, 1);
    } else {
      line += next() == '\n' ? 1 : 0;
      at++;
    }
  }

  private void quoted(int end, int quotes) {
    int to = end < 0 ? lineEnd() : end + quotes;
    for (int i = at; i < to; i++) {
      line += text.charAt(i) == '\n' ? 1 : 0;
    }
    at = to;
  }

  private int lineEnd() {
    int end = text.indexOf('\n', at);
    return end < 0 ? text.length() : end;
  }

  private void list() {
    int depth = 0;
    while (at < text.length()) {
      char c = next();
      if (depth == 0 && (c == '\n' || c == ',' || c == ']')) {
        end(c == ',');
        if (c == ']') {
          at++;
          return;
        }
      } else if (!isBlank(c) && !isComment() && start < 0) {
        start = at;
        startLine = line;
      }
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      step();
    }
    end(false);
    throw new IllegalArgumentException(
        "expected a list of items in HOCON, found no end after line " + startLine);
  }

  private void end(boolean comma) {
    if (start >= 0) {
      count++;
      if (at - start > LONGEST_ITEM) {
        throw new IllegalArgumentException(
            "item " + count + ": expected at most " + LONGEST_ITEM + " characters, found more");
      }
      items.accept(text.substring(start, at), startLine);
      start = -1;
      mayHaveComma = true;
    }
    if (comma && !mayHaveComma) {
      throw new IllegalArgumentException(
          "expected a list of items in HOCON, found a comma without an item before it (line "
              + line
              + ")");
    }
    mayHaveComma &= !comma;
  }
}
