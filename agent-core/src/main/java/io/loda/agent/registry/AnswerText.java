package io.loda.agent.registry;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.loda.agent.assignment.ItemBounds;
import io.loda.agent.assignment.ItemList;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * A registry's answer, looked through without building it.
 *
 * @param whole whether it is an object, as it should be
 * @param status what it says in {@code httpstatus}; 0 for nothing
 * @param message what it says in {@code msg}
 * @param count the items of {@code data}
 * @param data as it stands there; {@code nothing} where there is none
 */
record AnswerText(boolean whole, int status, String message, int count, ItemList data) {

  private static final String NOTHING = "nothing";

  /**
   * Looks through an answer.
   *
   * @throws IOException when it is no JSON
   * @throws IllegalArgumentException when it holds too much
   */
  static AnswerText of(byte[] text, int mostItems) throws IOException {
    try (JsonParser parser = ItemBounds.parser(text, 0, text.length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return new AnswerText(false, 0, "", 0, value(parser, text, mostItems));
      }
      int status = 0;
      String message = "no message";
      int count = 0;
      ItemList data = ItemList.of(NOTHING);
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
          data = token.isStructStart() ? upTo(parser, text, from) : scalar(parser);
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
  static AnswerText ofList(byte[] text, int mostItems) throws IOException {
    try (JsonParser parser = ItemBounds.parser(text, 0, text.length)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        return new AnswerText(false, 0, "", 0, value(parser, text, mostItems));
      }
      int from = offset(parser);
      int count = ItemBounds.count(parser, mostItems);
      ItemList data = upTo(parser, text, from);
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("expected JSON, found something after it");
      }
      return new AnswerText(true, 0, "", count, data);
    }
  }

  private static ItemList value(JsonParser parser, byte[] text, int mostItems) throws IOException {
    if (parser.currentToken() == null) {
      return ItemList.of(NOTHING);
    }
    if (!parser.currentToken().isStructStart()) {
      return scalar(parser);
    }
    int from = offset(parser);
    ItemBounds.count(parser, mostItems);
    return upTo(parser, text, from);
  }

  private static ItemList scalar(JsonParser parser) throws IOException {
    return ItemList.of(parser.getText());
  }

  private static int offset(JsonParser parser) {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  private static ItemList upTo(JsonParser parser, byte[] text, int from) {
    return new ItemList(text, from, (int) parser.currentLocation().getByteOffset());
  }

  /** The texts of {@code data}, which is an object, by their names. */
  Map<String, String> texts() throws IOException {
    Map<String, String> texts = new TreeMap<>();
    try (JsonParser parser = data.parser()) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        boolean text = parser.nextToken().isScalarValue();
        texts.put(
            name, text && parser.currentToken() != JsonToken.VALUE_NULL ? parser.getText() : "");
        parser.skipChildren();
      }
    }
    return texts;
  }

  /** What it is instead of a list, as the library calls it. */
  String kind() {
    return isObject()
        ? "OBJECT"
        : data.length() == NOTHING.length() && data.toString().equals(NOTHING)
            ? "MISSING"
            : "STRING";
  }

  boolean isList() {
    return data.first() == '[';
  }

  boolean isObject() {
    return data.first() == '{';
  }
}
