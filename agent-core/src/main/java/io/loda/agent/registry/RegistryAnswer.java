package io.loda.agent.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.loda.agent.assignment.ItemList;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP answer, parsed in one pass.
 *
 * @param whole whether it is a JSON object
 * @param status the value of {@code httpstatus}; 0: there is none
 * @param message the value of {@code msg}
 * @param items {@code data}, if that is a list
 * @param texts the values in {@code data} by name, if that is an object; null, a list and an object
 *     count as empty
 * @param found the kind of {@code data}, or of an answer that is no object
 */
record RegistryAnswer(
    boolean whole,
    int status,
    String message,
    @Nullable ItemList items,
    Map<String, String> texts,
    String found) {

  private static final int SHOWN = 200;
  private static final int MOST_BYTES_A_CHAR = 4;

  /**
   * Parses an answer.
   *
   * @throws IOException when it isn't JSON
   * @throws IllegalArgumentException when it holds too much
   */
  static RegistryAnswer of(byte[] text, int mostItems) throws IOException {
    try (JsonParser parser = ItemList.parser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        String found = parser.currentToken() == null ? "nothing" : head(text, 0, text.length);
        parser.skipChildren();
        return new RegistryAnswer(false, 0, "", null, Map.of(), found);
      }
      int status = 0;
      String message = "no message";
      ItemList items = null;
      Map<String, String> texts = Map.of();
      String found = "nothing";
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals("httpstatus")) {
          status = parser.getValueAsInt(0);
        } else if (name.equals("msg") && value.isScalarValue()) {
          message = parser.getText();
        } else if (name.equals("data")) {
          int from = (int) parser.currentTokenLocation().getByteOffset();
          items = value == JsonToken.START_ARRAY ? ItemList.of(parser, text, mostItems) : null;
          texts = value == JsonToken.START_OBJECT ? texts(parser, mostItems) : Map.of();
          parser.finishToken();
          found = head(text, from, (int) parser.currentLocation().getByteOffset());
        }
        parser.skipChildren();
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("expected JSON, found something after it");
      }
      return new RegistryAnswer(true, status, message, items, texts, found);
    }
  }

  private static Map<String, String> texts(JsonParser parser, int most) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      boolean text = value.isScalarValue() && value != JsonToken.VALUE_NULL;
      texts.put(name, text ? parser.getText() : "");
      parser.skipChildren();
      if (texts.size() > most) {
        throw ItemList.tooMany(most);
      }
    }
    return texts;
  }

  private static String head(byte[] text, int from, int to) {
    String head = new String(text, from, Math.min(MOST_BYTES_A_CHAR * SHOWN, to - from), UTF_8);
    return head.length() > SHOWN ? head.substring(0, SHOWN) + "…" : head;
  }
}
