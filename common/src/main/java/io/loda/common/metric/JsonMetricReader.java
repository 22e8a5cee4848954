package io.loda.common.metric;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.TSFBuilder;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON list of metrics into a sink, one after the other: {@code
 * [{"name":S,"timestamp":N,"tags":{S:S},"value":V},…]}. Timestamp and tags are optional; the
 * timestamp is in seconds or a finer unit, which its size tells. Reuses strings from one list to
 * the next. One thread.
 */
public final class JsonMetricReader {

  /** Takes the place of a byte that isn't UTF-8, in an item that is refused. */
  private static final byte NO_TEXT = 0x7f;

  private static final JsonFactory POSTS =
      factory()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(2 * PointLimits.LONGEST_BYTES)
                  .maxNameLength(2 * PointLimits.LONGEST_BYTES)
                  .build())
          .build();

  /**
   * Continues where only an item is bad: a text or a number may have any length, as the whole
   * output is bounded, and a long number isn't parsed.
   */
  static final JsonFactory OUTPUT =
      factory()
          .disable(JsonFactory.Feature.CHARSET_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private static TSFBuilder<?, ?> factory() {
    return JsonFactory.builder()
        // others choose the names, so none is put into the JVM's string table
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        // a NaN, as Python prints it, costs only its item
        .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS);
  }

  /** Is told the problems of a list; by default each except a bad item ends the reading. */
  public interface Problems {

    /**
     * Called for a bad item.
     *
     * @param reason its position from 1, and the problem
     */
    void refused(String reason);

    /**
     * Called when the text isn't quite a list but can be read: {@code null} for an empty list, a
     * list that something follows, bytes of a post that aren't UTF-8 and become U+FFFD.
     *
     * @throws IOException to end the reading
     */
    default void odd(String reason) throws IOException {
      throw new IOException(reason);
    }
  }

  private final JsonFactory factory;
  private final JsonItem items = new JsonItem();

  /** Creates a reader of posted lists: a text that is too long ends the reading. */
  public JsonMetricReader() {
    this(POSTS);
  }

  private JsonMetricReader(JsonFactory factory) {
    this.factory = factory;
  }

  /**
   * Creates a reader of plugins' output: a long text, and bytes that aren't UTF-8, cost only their
   * item.
   */
  public static JsonMetricReader ofOutput() {
    return new JsonMetricReader(OUTPUT);
  }

  /**
   * Reads a list.
   *
   * @param problems is told the problems; its exceptions end the reading
   * @throws IOException when it isn't a JSON list; the message says what was found where. The sink
   *     may have metrics by then
   */
  public void read(byte[] json, int offset, int length, MetricSink sink, Problems problems)
      throws IOException {
    int end = offset + length;
    int bad = StrictUtf8.firstBad(json, offset, end);
    boolean refusesBytes = bad >= 0 && factory == OUTPUT;
    try (JsonParser parser = parser(json, offset, end, bad, problems)) {
      JsonToken first = parser.nextToken();
      if (first == JsonToken.VALUE_NULL) {
        problems.odd("expected a JSON list of metrics, found null");
        return;
      }
      if (first != JsonToken.START_ARRAY) {
        String found = first == null ? "nothing" : JsonItem.kind(parser);
        parser.skipChildren();
        throw new IOException("expected a JSON list of metrics, found " + found);
      }
      int item = 0;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        item++;
        long from = refusesBytes ? parser.currentTokenLocation().getByteOffset() : 0;
        String problem = items.read(parser, sink);
        if (refusesBytes) {
          long to = parser.currentLocation().getByteOffset();
          int badHere = StrictUtf8.firstBad(json, offset + (int) from, offset + (int) to);
          problem = badHere < 0 ? problem : TextCache.notUtf8(json[badHere]);
        }
        if (problem.isEmpty()) {
          problem = JsonItem.end(sink);
        }
        if (!problem.isEmpty()) {
          problems.refused("item " + item + ": " + problem);
        }
      }
      JsonLocation more = following(parser);
      if (more != null) {
        problems.odd(
            "expected a JSON list of metrics, found no JSON"
                + at(more)
                + ": something follows the list");
      }
    } catch (StreamConstraintsException e) {
      throw new IOException(
          "expected texts of at most "
              + PointLimits.LONGEST_BYTES
              + " bytes, and no endless numbers or depths, found: "
              + e.getOriginalMessage(),
          e);
    } catch (JsonProcessingException e) {
      throw new IOException(
          "expected a JSON list of metrics, found no JSON"
              + at(e.getLocation())
              + ": "
              + JsonItem.problem(e),
          e);
    }
  }

  /**
   * @param bad the index of the first byte that isn't UTF-8; −1: none
   */
  private JsonParser parser(byte[] json, int offset, int end, int bad, Problems problems)
      throws IOException {
    if (bad < 0) {
      return factory.createParser(json, offset, end - offset);
    }
    if (factory == OUTPUT) {
      return factory.createParser(withoutBadBytes(json, offset, end));
    }
    problems.odd(
        "expected a JSON list of metrics, found no UTF-8: byte 0x%02x at %d"
            .formatted(json[bad], bad - offset));
    return factory.createParser(new ReplacingInput(json, offset, end));
  }

  /** Returns a copy in which all other bytes keep their places, by which an item's are found. */
  private static byte[] withoutBadBytes(byte[] json, int offset, int end) {
    byte[] text = Arrays.copyOfRange(json, offset, end);
    int bad = StrictUtf8.firstBad(text, 0, text.length);
    while (bad >= 0) {
      text[bad] = NO_TEXT;
      bad = StrictUtf8.firstBad(text, bad, text.length);
    }
    return text;
  }

  private static @Nullable JsonLocation following(JsonParser parser) throws IOException {
    try {
      return parser.nextToken() == null ? null : parser.currentTokenLocation();
    } catch (JsonProcessingException e) {
      return parser.currentLocation();
    }
  }

  private static String at(@Nullable JsonLocation location) {
    return location == null
        ? ""
        : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
  }
}
