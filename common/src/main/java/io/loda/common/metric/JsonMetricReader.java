package io.loda.common.metric;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.loda.agent.plugin.Metric;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

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

  private final CharCache texts = new CharCache();

  /** What is wrong with the item that is being read; null: nothing so far. */
  private @Nullable String problem;

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
        read(parser, sink);
        if (problem != null) {
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
      JsonLocation location = e.getLocation();
      throw new IOException(
          "expected a JSON list of metrics, found no JSON"
              + (location == null
                  ? ""
                  : " at line " + location.getLineNr() + ", column " + location.getColumnNr())
              + ": "
              + JsonItem.problem(e),
          e);
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

  private void read(JsonParser parser, MetricSink sink) throws IOException {
    problem = null;
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      problem = "expected an object, found " + JsonItem.kind(parser);
      parser.skipChildren();
      return;
    }
    sink.begin();
    boolean named = false;
    boolean valued = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      switch (JsonKey.of(key)) {
        case "name" -> {
          named = true;
          name(parser, sink);
        }
        case "timestamp" -> timestamp(parser, sink);
        case "tags" -> tags(parser, sink);
        case "value" -> {
          valued = true;
          value(parser, sink);
        }
        default -> parser.skipChildren();
      }
    }
    if (!named) {
      refuse("name: expected a string, found nothing");
    }
    if (!valued) {
      refuse("value: expected a number, true, false or a string, found nothing");
    }
    if (problem == null) {
      try {
        sink.end();
      } catch (IllegalArgumentException e) {
        refuse(String.valueOf(e.getMessage()));
      }
    }
  }

  private void name(JsonParser parser, MetricSink sink) throws IOException {
    String name = parser.currentToken() == JsonToken.VALUE_STRING ? text(parser) : "";
    if (name.isBlank()) {
      refuse("name: expected a string, found " + JsonItem.kind(parser));
      parser.skipChildren();
    } else {
      sink.name(name);
    }
  }

  private void timestamp(JsonParser parser, MetricSink sink) throws IOException {
    switch (parser.currentToken()) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> sink.timestamp(JsonTime.seconds(parser));
      case VALUE_NULL -> sink.timestamp(0);
      default -> {
        refuse("timestamp: expected seconds as a number, found " + JsonItem.kind(parser));
        parser.skipChildren();
      }
    }
  }

  private void tags(JsonParser parser, MetricSink sink) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.VALUE_NULL) {
      return;
    }
    if (token != JsonToken.START_OBJECT) {
      refuse("tags: expected an object, found " + JsonItem.kind(parser));
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      if (value.isStructStart()) {
        refuse(
            PointLimits.shown("tags." + key)
                + ": expected a string, found "
                + JsonItem.kind(parser));
        parser.skipChildren();
      } else if (value != JsonToken.VALUE_NULL) {
        sink.tag(key, text(parser));
      }
    }
  }

  private void value(JsonParser parser, MetricSink sink) throws IOException {
    switch (parser.currentToken()) {
      case VALUE_NUMBER_INT -> {
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
          sink.number(Metric.VALUE, finite(parser));
        } else {
          sink.number(Metric.VALUE, parser.getLongValue());
        }
      }
      case VALUE_NUMBER_FLOAT -> sink.number(Metric.VALUE, finite(parser));
      case VALUE_TRUE -> sink.flag(Metric.VALUE, true);
      case VALUE_FALSE -> sink.flag(Metric.VALUE, false);
      case VALUE_STRING -> sink.string(Metric.VALUE, text(parser));
      default -> {
        refuse("value: expected a number, true, false or a string, found " + JsonItem.kind(parser));
        parser.skipChildren();
      }
    }
  }

  private double finite(JsonParser parser) throws IOException {
    double value = parser.getDoubleValue();
    if (!Double.isFinite(value)) {
      refuse("value: expected a number that fits 64 bits");
      return 0;
    }
    return value;
  }

  private String text(JsonParser parser) throws IOException {
    return texts.of(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
  }

  /** The first of an item's problems is the one that is said. */
  private void refuse(String what) {
    if (problem == null) {
      problem = what;
    }
  }
}
