package io.loda.agent.assignment;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One item of the registry's: an object whose values are strings.
 *
 * @param place in its list, from 1
 * @param fields its values that are no list and no object, as text
 * @param problem why it is no such object; empty: it is one
 */
public record Item(int place, Map<String, String> fields, String problem) {

  private static final JsonFactory WRITER = new JsonFactory();

  /** Reads the value that the parser is at; leaves it at the value's end. */
  static Item read(int place, JsonParser parser) throws IOException {
    if (!parser.hasToken(JsonToken.START_OBJECT)) {
      String kind = ItemList.kind(parser.currentToken());
      parser.skipChildren();
      return new Item(place, Map.of(), "expected an object, found " + kind);
    }
    Map<String, String> fields = new LinkedHashMap<>();
    Map<String, String> problems = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      // of two with one name the last one counts
      fields.remove(key);
      problems.remove(key);
      if (value == JsonToken.VALUE_NULL) {
        continue;
      }
      String text = text(parser);
      if (value.isScalarValue()) {
        fields.put(key, text);
      }
      if (value != JsonToken.VALUE_STRING) {
        problems.put(
            key, ItemParser.shown(key) + ": expected a string, found " + ItemParser.shown(text));
      }
    }
    return new Item(place, fields, problems.values().stream().findFirst().orElse(""));
  }

  /** A list or an object is written anew, so that a password in it is found, however escaped. */
  private static String text(JsonParser parser) throws IOException {
    if (parser.currentToken().isScalarValue()) {
      return parser.getText();
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = WRITER.createGenerator(text)) {
      generator.copyCurrentStructure(parser);
    }
    return text.toString();
  }

  /** A field's text; empty where it has none. */
  public String get(String field) {
    return fields.getOrDefault(field, "");
  }

  /** Its name in one short line, or its place where it has none. */
  public String shownName() {
    String shown = ItemParser.shown(get("name"));
    return shown.isBlank() ? "item " + place : shown;
  }
}
