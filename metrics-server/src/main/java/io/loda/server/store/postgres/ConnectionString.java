package io.loda.server.store.postgres;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names and values as libpq reads them: {@code name = value}, or {@code 'a value'} where it has
 * blanks; a backslash takes the next character as it is.
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
   * Reads one.
   *
   * @param form how the message of a failure begins
   * @throws IllegalArgumentException when it is none, with no piece of it in its message
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

  /** What follows a password may be more of it. */
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
