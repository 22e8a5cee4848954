package io.loda.agent.builtin.container;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON into maps, lists, strings, doubles, booleans and null: what a container engine says
 * about itself isn't worth a library.
 */
final class Json {
  private static final int DEEPEST = 64;

  private final String text;
  private int at;
  private int depth;

  private Json(String text) {
    this.text = text;
  }

  /**
   * Reads one value.
   *
   * @throws IllegalArgumentException when it isn't JSON; says where
   */
  static @Nullable Object parse(String text) {
    Json json = new Json(text);
    Object value = json.value();
    json.blanks();
    if (json.at < text.length()) {
      throw json.wrong("the end");
    }
    return value;
  }

  private @Nullable Object value() {
    blanks();
    if (++depth > DEEPEST) {
      throw wrong("no more than " + DEEPEST + " levels");
    }
    Object value =
        switch (peek()) {
          case '{' -> object();
          case '[' -> list();
          case '"' -> string();
          case 't' -> word("true", true);
          case 'f' -> word("false", false);
          case 'n' -> word("null", null);
          default -> number();
        };
    depth--;
    return value;
  }

  private Map<String, @Nullable Object> object() {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    at++;
    if (next('}')) {
      return members;
    }
    do {
      blanks();
      String key = string();
      expect(':');
      members.put(key, value());
    } while (next(','));
    expect('}');
    return members;
  }

  private List<@Nullable Object> list() {
    List<@Nullable Object> elements = new ArrayList<>();
    at++;
    if (next(']')) {
      return elements;
    }
    do {
      elements.add(value());
    } while (next(','));
    expect(']');
    return elements;
  }

  private String string() {
    expect('"');
    StringBuilder plain = new StringBuilder();
    while (peek() != '"') {
      char character = text.charAt(at++);
      plain.append(character == '\\' ? escaped() : character);
    }
    at++;
    return plain.toString();
  }

  private char escaped() {
    char character = peek();
    at++;
    return switch (character) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> character;
    };
  }

  private char unicode() {
    if (at + 4 > text.length()) {
      throw wrong("four digits");
    }
    at += 4;
    return (char) Integer.parseInt(text.substring(at - 4, at), 16);
  }

  private @Nullable Object word(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw wrong(word);
    }
    at += word.length();
    return value;
  }

  private Double number() {
    int from = at;
    while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    if (from == at) {
      throw wrong("a value");
    }
    return Double.valueOf(text.substring(from, at));
  }

  private void expect(char character) {
    if (!next(character)) {
      throw wrong("'" + character + "'");
    }
  }

  /** Goes beyond blanks and then that character, if it comes. */
  private boolean next(char character) {
    blanks();
    if (at < text.length() && text.charAt(at) == character) {
      at++;
      return true;
    }
    return false;
  }

  private void blanks() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw wrong("more");
    }
    return text.charAt(at);
  }

  private IllegalArgumentException wrong(String expected) {
    return new IllegalArgumentException("JSON: expected " + expected + " at " + at);
  }
}
