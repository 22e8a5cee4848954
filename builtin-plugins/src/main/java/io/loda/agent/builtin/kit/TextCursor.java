package io.loda.agent.builtin.kit;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Walks over lines and their fields without making strings: a round of measurements passes some
 * hundred fields and needs few of them.
 */
public final class TextCursor {
  private final byte[] bytes;
  private final int end;
  private final boolean colonSeparates;
  private int nextLine;
  private int lineEnd;
  private int fieldStart;
  private int fieldEnd;

  TextCursor(byte[] bytes, int length, boolean colonSeparates) {
    this.bytes = bytes;
    this.end = length;
    this.colonSeparates = colonSeparates;
  }

  /** Moves to the next line, before its first field; returns false if there is none. */
  public boolean nextLine() {
    if (nextLine >= end) {
      return false;
    }
    fieldStart = nextLine;
    fieldEnd = nextLine;
    lineEnd = nextLine;
    while (lineEnd < end && bytes[lineEnd] != '\n') {
      lineEnd++;
    }
    nextLine = lineEnd + 1;
    return true;
  }

  /** Moves to the line's next field; returns false if there is none. */
  public boolean nextField() {
    int at = fieldEnd;
    while (at < lineEnd && separates(bytes[at])) {
      at++;
    }
    fieldStart = at;
    while (at < lineEnd && !separates(bytes[at])) {
      at++;
    }
    fieldEnd = at;
    return fieldEnd > fieldStart;
  }

  public boolean skip(int fields) {
    for (int i = 0; i < fields; i++) {
      if (!nextField()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Moves behind the line's last such character, for example behind a name that may contain
   * anything.
   */
  public boolean skipPastLast(char character) {
    for (int at = lineEnd - 1; at >= fieldEnd; at--) {
      if (bytes[at] == character) {
        fieldStart = at + 1;
        fieldEnd = at + 1;
        return true;
      }
    }
    return false;
  }

  public boolean is(String expected) {
    return fieldEnd - fieldStart == expected.length() && startsWith(expected);
  }

  public boolean startsWith(String expected) {
    if (fieldEnd - fieldStart < expected.length()) {
      return false;
    }
    for (int i = 0; i < expected.length(); i++) {
      if (bytes[fieldStart + i] != expected.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  public char firstCharacter() {
    return (char) bytes[fieldStart];
  }

  public String text() {
    return new String(bytes, fieldStart, fieldEnd - fieldStart, UTF_8);
  }

  /** Returns the field as an unsigned 64-bit number, as the kernel counts. */
  public long number() {
    return number(0);
  }

  /** Returns the number that begins {@code from} characters into the field. */
  public long number(int from) {
    long value = 0;
    if (fieldStart + from >= fieldEnd) {
      throw new NumberFormatException("expected a number, found \"" + text() + "\"");
    }
    for (int at = fieldStart + from; at < fieldEnd; at++) {
      int digit = bytes[at] - '0';
      if (digit < 0 || digit > 9) {
        throw new NumberFormatException("expected a number, found \"" + text() + "\"");
      }
      value = value * 10 + digit;
    }
    return value;
  }

  /** Moves to the next field, and returns it as a number. */
  public long nextNumber() {
    nextField();
    return number();
  }

  private boolean separates(byte character) {
    return character == ' ' || character == '\t' || (colonSeparates && character == ':');
  }
}
