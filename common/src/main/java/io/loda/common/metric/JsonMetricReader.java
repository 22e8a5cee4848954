package io.loda.common.metric;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;

/**
 * Reads a JSON list of metrics into a sink, one after the other. Reuses strings from one list to
 * the next. One thread.
 */
public final class JsonMetricReader {

  /** Clients choose the names, so none is put into the JVM's string table. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          // a NaN, as Python prints it, costs only its item
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(2 * PointLimits.LONGEST_BYTES)
                  .maxNameLength(2 * PointLimits.LONGEST_BYTES)
                  .build())
          .build();

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
     * list that something follows, bytes that aren't UTF-8 and become U+FFFD.
     *
     * @throws IOException to end the reading
     */
    default void odd(String reason) throws IOException {
      throw new IOException(reason);
    }
  }

  private final JsonItem items = new JsonItem();

  /**
   * Reads a list.
   *
   * @param problems is told the problems; its exceptions end the reading
   * @throws IOException when it isn't a JSON list; the message says what was found where. The sink
   *     may have metrics by then
   */
  public void read(byte[] json, int offset, int length, MetricSink sink, Problems problems)
      throws IOException {
    try (JsonParser parser = parser(json, offset, length, problems)) {
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
        String problem = items.read(parser, sink);
        if (!problem.isEmpty()) {
          problems.refused("item " + item + ": " + problem);
        }
      }
      if (isFollowed(parser)) {
        problems.odd("expected a JSON list of metrics, found no JSON: something follows the list");
      }
    } catch (StreamConstraintsException e) {
      throw new IOException(
          "expected texts of at most "
              + PointLimits.LONGEST_BYTES
              + " bytes, numbers and depths that are meant, found: "
              + e.getOriginalMessage(),
          e);
    } catch (JsonProcessingException e) {
      throw MetricJson.noJson(e);
    }
  }

  private static JsonParser parser(byte[] json, int offset, int length, Problems problems)
      throws IOException {
    int bad = StrictUtf8.firstBad(json, offset, offset + length);
    if (bad < 0) {
      return FACTORY.createParser(json, offset, length);
    }
    problems.odd(
        "expected a JSON list of metrics, found no UTF-8: byte 0x%02x at %d"
            .formatted(json[bad], bad - offset));
    return FACTORY.createParser(new ReplacingInput(json, offset, offset + length));
  }

  private static boolean isFollowed(JsonParser parser) throws IOException {
    try {
      return parser.nextToken() != null;
    } catch (JsonProcessingException e) {
      return true;
    }
  }
}
