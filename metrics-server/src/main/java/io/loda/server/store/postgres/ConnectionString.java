package io.loda.server.store.postgres;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Parses a connection string of libpq: {@code name = value}, or {@code name = 'a value'} if it has
 * blanks; a backslash escapes the next character.
 */
final class ConnectionString {

  private final String text;
  private final String form;
  private int at;

  private ConnectionString(String text, String form) {
    this.text = text;
    this.form = form;
  }

  /**
   * Parses a connection string.
   *
   * @param form the beginning of an error message
   * @throws IllegalArgumentException when it is invalid; the message contains no piece of it
   */
  static Map<String, String> parse(String text, String form) {
    return new ConnectionString(text, form).all();
  }

  private Map<String, String> all() {
    Map<String, String> found = new LinkedHashMap<>();
    boolean loose = false;
    for (skipBlanks(); at < text.length(); skipBlanks()) {
      String name = name(loose);
      boolean quoted = at < text.length() && text.charAt(at) == '\'';
      String value = quoted ? quoted() : plain();
      if (loose && !DatabaseDsn.isParameter(name)) {
        throw unquoted();
      }
      DatabaseDsn.put(found, name, value);
      loose = name.equals("password") && !quoted;
    }
    return found;
  }

  /** Words after an unquoted password may be a part of it, so the message doesn't show them. */
  private IllegalArgumentException unquoted() {
    return new IllegalArgumentException(
        "password: expected '…' around one with blanks, found a word behind it");
  }

  private void skipBlanks() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private String name(boolean afterPassword) {
    int start = at;
    while (at < text.length() && text.charAt(at) != '=' && text.charAt(at) != ' ') {
      at++;
    }
    String name = text.substring(start, at);
    skipBlanks();
    if (at >= text.length() || text.charAt(at) != '=') {
      throw afterPassword ? unquoted() : new IllegalArgumentException(form + "a word without =");
    }
    at++;
    skipBlanks();
    return name;
  }

  private String plain() {
    StringBuilder value = new StringBuilder();
    while (at < text.length() && text.charAt(at) != ' ') {
      value.append(next());
    }
    return value.toString();
  }

  private String quoted() {
    StringBuilder value = new StringBuilder();
    at++;
    while (at < text.length()) {
      if (text.charAt(at) == '\'') {
        at++;
        return value.toString();
      }
      value.append(next());
    }
    throw new IllegalArgumentException(form + "a ' that is never closed");
  }

  private char next() {
    if (text.charAt(at) == '\\' && at + 1 < text.length()) {
      at++;
    }
    return text.charAt(at++);
  }
}
