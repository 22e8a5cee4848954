package io.loda.common.metric;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One metric as JSON, read to its end also where it is a bad one. */
final class JsonItem {

  /**
   * It goes on where only an item is bad: after a {@code NaN}, as Python prints it, and after a
   * number of any length, of which no number is made before its length is looked at.
   */
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private static final Pattern SOURCE = Pattern.compile("\\[Source: [^;\\]]*; (?<place>[^]]*)]");
  private static final int LONGEST_NUMBER = 1000;
  private static final int LONGEST_LONG = 20;

  private String name = "";
  private long timestamp;
  private Map<String, String> tags = Map.of();
  private @Nullable Object value;
  private String nameProblem = "name: expected a string, found nothing";
  private String timestampProblem = "";
  private String tagsProblem = "";
  private String valueProblem = "value: expected a number, true, false or a string, found nothing";
  private String otherProblem = "";

  private JsonItem() {}

  /**
   * Reads what begins at the parser's token, and leaves the parser at its last one.
   *
   * @throws IOException when it is no JSON
   */
  static JsonItem read(JsonParser parser) throws IOException {
    JsonItem item = new JsonItem();
    if (!parser.hasToken(JsonToken.START_OBJECT)) {
      item.otherProblem = "expected an object, found " + kind(parser);
      parser.skipChildren();
      return item;
    }
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      switch (JsonKey.of(key)) {
        case "name" -> item.name(parser);
        case "timestamp" -> item.timestamp(parser);
        case "tags" -> item.tags(parser);
        case "value" -> item.value(parser);
        default -> parser.skipChildren();
      }
    }
    return item;
  }

  /** What is wrong with it; empty when nothing is. */
  String problem() {
    return Stream.of(otherProblem, nameProblem, timestampProblem, tagsProblem, valueProblem)
        .filter(problem -> !problem.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** The metric, where there is no problem. */
  Metric metric() {
    return new Metric(name, timestamp, tags, requireNonNull(value));
  }

  private void name(JsonParser parser) throws IOException {
    name = parser.hasToken(JsonToken.VALUE_STRING) ? parser.getText() : "";
    nameProblem = name.isBlank() ? "name: expected a string, found " + kind(parser) : "";
    if (PointLimits.tooLong(name)) {
      nameProblem = PointLimits.tooLong("name ", name);
    }
    parser.skipChildren();
  }

  private void timestamp(JsonParser parser) throws IOException {
    boolean number = parser.currentToken().isNumeric();
    timestamp = number ? JsonTime.seconds(parser) : 0;
    timestampProblem =
        number || parser.hasToken(JsonToken.VALUE_NULL)
            ? ""
            : "timestamp: expected seconds as a number, found " + kind(parser);
    parser.skipChildren();
  }

  private void tags(JsonParser parser) throws IOException {
    tags = Map.of();
    tagsProblem = "";
    if (parser.hasToken(JsonToken.VALUE_NULL)) {
      return;
    }
    if (!parser.hasToken(JsonToken.START_OBJECT)) {
      tagsProblem = "tags: expected an object, found " + kind(parser);
      parser.skipChildren();
      return;
    }
    tags = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      JsonToken token = parser.nextToken();
      if (token.isStructStart()) {
        tagsProblem =
            PointLimits.shown("tags." + key) + ": expected a string, found " + kind(parser);
        parser.skipChildren();
      } else if (token != JsonToken.VALUE_NULL) {
        tag(key, parser);
      }
    }
  }

  private void tag(String key, JsonParser parser) throws IOException {
    if (PointLimits.tooLong(key) || isTooLong(parser)) {
      tagsProblem = PointLimits.tooLong("tags.", key);
    } else if (tags.size() == PointLimits.MOST_TAGS && !tags.containsKey(key)) {
      tagsProblem = PointLimits.TOO_MANY_TAGS;
    } else {
      tags.put(key, parser.getText());
    }
  }

  private static boolean isTooLong(JsonParser parser) throws IOException {
    return parser.getTextLength() > PointLimits.LONGEST_BYTES
        || PointLimits.tooLong(parser.getText());
  }

  private void value(JsonParser parser) throws IOException {
    value = null;
    valueProblem = "";
    switch (parser.currentToken()) {
      case VALUE_TRUE -> value = true;
      case VALUE_FALSE -> value = false;
      case VALUE_STRING -> {
        if (isTooLong(parser)) {
          valueProblem = PointLimits.tooLong("", "value");
        } else {
          value = parser.getText();
        }
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser);
      default ->
          valueProblem = "value: expected a number, true, false or a string, found " + kind(parser);
    }
    parser.skipChildren();
  }

  private void number(JsonParser parser) throws IOException {
    double real = doubleValue(parser);
    if (!Double.isFinite(real)) {
      valueProblem =
          parser.isNaN()
              ? "value: expected a finite number, found " + parser.getText()
              : "value: expected a number that fits 64 bits";
    } else if (parser.hasToken(JsonToken.VALUE_NUMBER_INT)
        && parser.getTextLength() <= LONGEST_LONG
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      value = parser.getLongValue();
    } else {
      value = real;
    }
  }

  /** Infinite for one that is too large, or too long to be meant. */
  static double doubleValue(JsonParser parser) throws IOException {
    return parser.getTextLength() > LONGEST_NUMBER
        ? Double.POSITIVE_INFINITY
        : Double.parseDouble(parser.getText().replace("INF", "Infinity").replace("+", ""));
  }

  /** What is wrong with a text that is no JSON, without the library's words for where it was. */
  static String problem(JsonProcessingException e) {
    return SOURCE.matcher(e.getOriginalMessage()).replaceAll("${place}");
  }

  /** What the parser's token is, in words. */
  static String kind(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_NULL -> "null";
      case VALUE_STRING -> parser.getText().isBlank() ? "an empty string" : "a string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE -> "true";
      case VALUE_FALSE -> "false";
      case START_ARRAY -> "a list";
      case START_OBJECT -> "an object";
      default -> String.valueOf(parser.currentToken());
    };
  }
}
