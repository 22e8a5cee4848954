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
 * Reads a JSON list of metrics, one after the other, into a sink. Keeps what it learned of the
 * texts from one list to the next. Not for several threads.
 */
public final class JsonMetricReader {

  /** Whoever posts names what he likes: nothing of it goes into the JVM's table of names. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          // what Python prints costs its item, not the list
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(2 * PointLimits.LONGEST_BYTES)
                  .maxNameLength(2 * PointLimits.LONGEST_BYTES)
                  .build())
          .build();

  /** What is told of what is wrong with a list; by default each but a bad item ends it. */
  public interface Problems {

    /**
     * An item is bad.
     *
     * @param reason its position from 1, and what is wrong
     */
    void refused(String reason);

    /**
     * It isn't quite a list, and is read all the same: {@code null} for an empty one, one that
     * something follows, bytes that aren't UTF-8 and become U+FFFD.
     *
     * @throws IOException where it isn't to be read
     */
    default void odd(String reason) throws IOException {
      throw new IOException(reason);
    }
  }

  private final JsonItem items = new JsonItem();

  /**
   * Reads a list.
   *
   * @param problems is told what is wrong; what it throws ends the reading
   * @throws IOException when it is no JSON, or no list; the message says what was found where. The
   *     sink may have metrics by then
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
