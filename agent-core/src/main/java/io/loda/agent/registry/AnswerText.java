package io.loda.agent.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.loda.agent.assignment.ItemBounds;
import java.io.IOException;

/**
 * A registry's answer, looked through without building it.
 *
 * @param whole whether it is an object, as it should be
 * @param status what it says in {@code httpstatus}; 0 for nothing
 * @param message what it says in {@code msg}
 * @param count the items of {@code data}
 * @param data as it stands there; {@code nothing} where there is none
 */
record AnswerText(boolean whole, int status, String message, int count, String data) {

  private static final JsonFactory FACTORY = new JsonFactory();
  private static final String NOTHING = "nothing";

  /**
   * Looks through an answer.
   *
   * @throws IOException when it is no JSON
   * @throws IllegalArgumentException when it holds too much
   */
  static AnswerText of(String text, int mostItems) throws IOException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        String found = parser.currentToken() == null ? NOTHING : value(parser, text, mostItems);
        return new AnswerText(false, 0, "", 0, found);
      }
      int status = 0;
      String message = "no message";
      int count = 0;
      String data = NOTHING;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        if (name.equals("httpstatus")) {
          status = parser.getValueAsInt(0);
        } else if (name.equals("msg") && token.isScalarValue()) {
          message = parser.getText();
        } else if (name.equals("data")) {
          int from = offset(parser);
          count = token.isStructStart() ? ItemBounds.count(parser, mostItems) : 0;
          data = token.isStructStart() ? upTo(parser, text, from) : parser.getText();
          continue;
        }
        parser.skipChildren();
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("expected JSON, found something after it");
      }
      return new AnswerText(true, status, message, count, data);
    }
  }

  /** A list without anything around it. */
  static AnswerText ofList(String text, int mostItems) throws IOException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        String found = parser.currentToken() == null ? NOTHING : value(parser, text, mostItems);
        return new AnswerText(false, 0, "", 0, found);
      }
      int from = offset(parser);
      int count = ItemBounds.count(parser, mostItems);
      String data = upTo(parser, text, from);
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("expected JSON, found something after it");
      }
      return new AnswerText(true, 0, "", count, data);
    }
  }

  private static String value(JsonParser parser, String text, int mostItems) throws IOException {
    if (!parser.currentToken().isStructStart()) {
      return parser.getText();
    }
    int from = offset(parser);
    ItemBounds.count(parser, mostItems);
    return upTo(parser, text, from);
  }

  private static int offset(JsonParser parser) {
    return (int) parser.currentTokenLocation().getCharOffset();
  }

  private static String upTo(JsonParser parser, String text, int from) {
    return text.substring(from, (int) parser.currentLocation().getCharOffset());
  }

  /** What it is instead of a list, as the library calls it. */
  String kind() {
    return isObject() ? "OBJECT" : data.equals(NOTHING) ? "MISSING" : "STRING";
  }

  boolean isList() {
    return data.startsWith("[");
  }

  boolean isObject() {
    return data.startsWith("{");
  }
}
