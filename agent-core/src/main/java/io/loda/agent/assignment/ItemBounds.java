package io.loda.agent.assignment;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.loda.common.metric.StrictUtf8;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;

/**
 * Looks through a list or an object of JSON and builds nothing of it: a few megabytes of braces
 * would become a hundred in memory.
 */
public final class ItemBounds {

  /** A namespace's, where nothing else is configured. */
  public static final int MOST_ITEMS = 10_000;

  /** Names, values and brackets of one item. */
  private static final int MOST_TOKENS = 2_000;

  /** Of one value: it is read into memory twice. */
  private static final int LONGEST_VALUE = 1 << 20;

  private static final StreamReadConstraints CONSTRAINTS =
      StreamReadConstraints.builder().maxStringLength(LONGEST_VALUE).build();

  private ItemBounds() {}

  /**
   * A parser that is at the beginning.
   *
   * @throws CharacterCodingException when it is no UTF-8, or has a mark before it; Jackson would
   *     read more than that, C0 AF as a slash among it
   */
  public static JsonParser parser(byte[] text, int from, int to) throws IOException {
    boolean marked = to - from > 2 && (text[from] & 0xff) == 0xef;
    boolean wide = to - from > 1 && (text[from] == 0 || text[from + 1] == 0);
    if (marked || wide || StrictUtf8.firstBad(text, from, to) >= 0) {
      throw new CharacterCodingException();
    }
    // one of its own, which is gone with it: it keeps the names that it has seen
    return JsonFactory.builder()
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .streamReadConstraints(CONSTRAINTS)
        .build()
        .createParser(text, from, to - from);
  }

  /**
   * Counts the items of the list, or the names of the object, that the parser is at the beginning
   * of; leaves it at its end.
   *
   * @throws IllegalArgumentException when there are more, or one of them is too large
   * @throws IOException when it is no JSON
   */
  public static int count(JsonParser parser, int mostItems) throws IOException {
    boolean list = parser.currentToken() == JsonToken.START_ARRAY;
    int items = 0;
    int tokens = 0;
    int depth = 0;
    while (true) {
      JsonToken token = parser.nextToken();
      if (token == null) {
        throw new IllegalArgumentException("expected the list's end, found the end of all");
      }
      if (depth == 0 && token.isStructEnd()) {
        return items;
      }
      if (depth == 0 && (list || token == JsonToken.FIELD_NAME)) {
        tokens = 0;
        if (++items > mostItems) {
          throw new IllegalArgumentException(
              "expected at most " + mostItems + " items (registry.max-items), found more");
        }
      }
      if (++tokens > MOST_TOKENS) {
        throw new IllegalArgumentException(
            "item " + items + ": expected at most " + MOST_TOKENS + " values, found more");
      }
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
    }
  }
}
