package io.loda.server.metric;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.loda.common.metric.StrictUtf8;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads metrics from JSON: {@code {"id":S,"type":"gauge","value":1.5}}, {@code
 * {"id":S,"type":"counter","delta":3}}, or a list of them. Ignores unknown fields, and the number
 * field of the other kind. Refuses duplicate keys, null, and text after the JSON. Any thread.
 */
public final class MetricReader {

  private static final String A_METRIC =
      "a metric, like {\"id\":\"a\",\"type\":\"gauge\",\"value\":1.5}";

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(100)
                  .maxNumberLength(Numbers.MAX_LENGTH)
                  .build())
          .build();

  private final JsonParser parser;

  private MetricReader(JsonParser parser) {
    this.parser = parser;
  }

  private interface Reading<T> {
    T read(MetricReader reader) throws IOException;
  }

  /**
   * Reads one metric with its number.
   *
   * @throws BadMetric when the text isn't a valid metric
   */
  public static Metric metric(byte[] bytes, int length) {
    return read(bytes, length, reader -> reader.item(true));
  }

  /**
   * Reads the id of a metric: {@code {"id":S,"type":"gauge"}}.
   *
   * @throws BadMetric when the id or the type is missing or invalid
   */
  public static MetricId id(byte[] bytes, int length) {
    return read(bytes, length, reader -> reader.item(false)).id();
  }

  /**
   * Reads a list of at least one metric.
   *
   * @throws BadMetric when the list or an item is invalid; the message has the item's position
   */
  public static List<Metric> list(byte[] bytes, int length) {
    return read(bytes, length, MetricReader::items);
  }

  private static <T> T read(byte[] bytes, int length, Reading<T> reading) {
    int bad = StrictUtf8.firstBad(bytes, 0, length);
    if (bad >= 0) {
      throw new BadMetric("body: expected UTF-8, found another byte at " + bad);
    }
    // Jackson would guess UTF-16 from zero bytes, and skip a byte order mark
    for (int i = 0; i < Math.min(length, 4); i++) {
      if (bytes[i] <= 0) {
        throw new BadMetric(
            "body: expected JSON as UTF-8 without a mark, found another byte at " + i);
      }
    }
    try (JsonParser parser = JSON.createParser(bytes, 0, length)) {
      T value = reading.read(new MetricReader(parser));
      if (parser.nextToken() != null) {
        throw new BadMetric("body: expected nothing after the JSON, found more");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new BadMetric("body: expected JSON, found " + e.getOriginalMessage());
    } catch (IOException e) {
      // reading from memory can't fail
      throw new UncheckedIOException(e);
    }
  }

  private List<Metric> items() throws IOException {
    if (parser.nextToken() != JsonToken.START_ARRAY) {
      throw new BadMetric("body: expected a list of metrics, found " + found());
    }
    List<Metric> items = new ArrayList<>();
    while (true) {
      try {
        parser.nextToken();
        if (parser.currentToken() == JsonToken.END_ARRAY) {
          break;
        }
        items.add(fields(true));
      } catch (BadMetric e) {
        throw new BadMetric("item " + (items.size() + 1) + ": " + e.getMessage());
      }
    }
    if (items.isEmpty()) {
      throw new BadMetric("body: expected a list of at least one metric, found an empty one");
    }
    return items;
  }

  private Metric item(boolean number) throws IOException {
    parser.nextToken();
    return fields(number);
  }

  /** Reads a metric; the parser is at its first token. */
  private Metric fields(boolean number) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new BadMetric("expected " + A_METRIC + ", found " + found());
    }
    String id = null;
    String type = null;
    String value = null;
    String delta = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "id" -> id = string("id");
        case "type" -> type = string("type");
        case "value" -> value = number();
        case "delta" -> delta = number();
        default -> parser.skipChildren();
      }
    }
    MetricId metric = new MetricId(kind(type), id == null ? "" : id);
    if (!number) {
      return new Metric(metric, 0);
    }
    String text = kind(type) == Kind.GAUGE ? value : delta;
    try {
      return new Metric(metric, Numbers.bits(metric.kind(), text == null ? "" : text));
    } catch (BadMetric e) {
      throw new BadMetric(Numbers.shown(metric.name()) + ": " + e.getMessage());
    }
  }

  private static Kind kind(@Nullable String type) {
    return Kind.named(type == null ? "" : type)
        .orElseThrow(
            () ->
                new BadMetric(
                    "type: expected gauge or counter, found "
                        + Numbers.shown(type == null ? "" : type)));
  }

  private String string(String field) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw new BadMetric(field + ": expected a string, found " + found());
    }
    return parser.getText();
  }

  /**
   * Returns the text of a number; for another token a description, which is no valid number either.
   */
  private String number() throws IOException {
    return parser.currentToken().isNumeric() ? parser.getText() : found();
  }

  private String found() throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      return "nothing";
    }
    String text =
        switch (token) {
          case START_OBJECT -> "a block";
          case START_ARRAY -> "a list";
          case VALUE_STRING -> '"' + parser.getText() + '"';
          default -> parser.getText();
        };
    parser.skipChildren();
    return text;
  }
}
