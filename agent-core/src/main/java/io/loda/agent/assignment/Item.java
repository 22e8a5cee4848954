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
 * One item of the registry, an object whose values are strings. A number where a string belongs
 * makes it wrong: the contract says that every value is a string, a registry that answers otherwise
 * isn't the known one, and guessing would hide that.
 *
 * @param place its position in the list, from 1
 * @param fields the values except lists and objects, as text
 * @param problem why it is wrong; empty: it isn't
 */
public record Item(int place, Map<String, String> fields, String problem) {

  private static final JsonFactory WRITER = new JsonFactory();

  /** Reads the parser's current value, and moves the parser to its end. */
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
      // of two fields with one name the last one counts
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

  /** Writes a list or an object anew, without escapes that would hide a password in it. */
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

  /** Returns a field's text; empty: the item doesn't have the field. */
  public String get(String field) {
    return fields.getOrDefault(field, "");
  }

  /** Returns its name in one short line, or its place if it has no name. */
  public String shownName() {
    String shown = ItemParser.shown(get("name"));
    return shown.isBlank() ? "item " + place : shown;
  }
}
