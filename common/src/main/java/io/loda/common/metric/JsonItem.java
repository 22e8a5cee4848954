package io.loda.common.metric;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a metric as JSON into a sink, to its end even if it is bad: {@code
 * {"name":S,"timestamp":N,"tags":{S:S},"value":V}}. Keys may be in any case, as Go reads them.
 * Reuses strings from one metric to the next. One thread.
 */
final class JsonItem {

  private static final List<String> KEYS = List.of("name", "timestamp", "tags", "value");
  private static final String NO_NAME = "name: expected a string, found nothing";
  private static final String NO_VALUE =
      "value: expected a number, true, false or a string, found nothing";

  private static final Pattern SOURCE = Pattern.compile("\\[Source: [^;\\]]*; (?<place>[^]]*)]");
  private static final int LONGEST_NUMBER = 1000;

  /** The longest text of a long, or of a time in any unit; longer numbers aren't parsed. */
  private static final int LONGEST_LONG = 20;

  private static final BigInteger NANOSECONDS = BigInteger.valueOf(1_000_000_000);

  private final CharCache texts = new CharCache();

  /** The problem of each part; null: none. */
  private @Nullable String nameProblem;

  private @Nullable String timestampProblem;
  private @Nullable String tagsProblem;
  private @Nullable String valueProblem;

  /**
   * Reads from the parser's current token to the last one of the metric, all but its {@link #end}.
   * A repeated part replaces the one before.
   *
   * @return the problem; empty: none
   * @throws IOException when it isn't JSON
   */
  String read(JsonParser parser, MetricSink sink) throws IOException {
    if (!parser.hasToken(JsonToken.START_OBJECT)) {
      return "expected an object, found " + passed(parser);
    }
    sink.begin();
    nameProblem = NO_NAME;
    timestampProblem = null;
    tagsProblem = null;
    valueProblem = NO_VALUE;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      switch (known(key)) {
        case "name" -> nameProblem = name(parser, sink);
        case "timestamp" -> timestampProblem = timestamp(parser, sink);
        case "tags" -> tagsProblem = tags(parser, sink);
        case "value" -> valueProblem = value(parser, sink);
        default -> parser.skipChildren();
      }
    }
    return problem();
  }

  /** Ends a metric without a problem; returns why the sink refuses it, empty: it took it. */
  static String end(MetricSink sink) {
    try {
      sink.end();
      return "";
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Returns the key's spelling here; an unknown key itself. */
  private static String known(String key) {
    for (String known : KEYS) {
      if (known.equalsIgnoreCase(key)) {
        return known;
      }
    }
    return key;
  }

  private String problem() {
    if (nameProblem != null) {
      return nameProblem;
    }
    if (timestampProblem != null) {
      return timestampProblem;
    }
    return tagsProblem != null ? tagsProblem : valueProblem != null ? valueProblem : "";
  }

  private @Nullable String name(JsonParser parser, MetricSink sink) throws IOException {
    String name = parser.hasToken(JsonToken.VALUE_STRING) ? text(parser) : "";
    if (name.isBlank()) {
      return "name: expected a string, found " + passed(parser);
    }
    sink.name(name);
    return null;
  }

  private static @Nullable String timestamp(JsonParser parser, MetricSink sink) throws IOException {
    switch (parser.currentToken()) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> sink.timestamp(seconds(parser));
      case VALUE_NULL -> sink.timestamp(0);
      default -> {
        return "timestamp: expected seconds as a number, found " + passed(parser);
      }
    }
    return null;
  }

  /**
   * Returns the parser's number in whole seconds; its size tells its unit. The number may exceed a
   * long: nanoseconds do from the year 2262 on, which the wire contract still allows. A number too
   * large for any time becomes the largest or smallest long, which is no valid time either.
   */
  private static long seconds(JsonParser parser) throws IOException {
    if (!parser.hasToken(JsonToken.VALUE_NUMBER_INT)) {
      return TimePrecision.secondsBySize(real(parser));
    }
    if (parser.getTextLength() > LONGEST_LONG) {
      return parser.getText().charAt(0) == '-' ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        ? parser.getBigIntegerValue().divide(NANOSECONDS).longValue()
        : TimePrecision.BY_SIZE.toSeconds(parser.getLongValue());
  }

  private @Nullable String tags(JsonParser parser, MetricSink sink) throws IOException {
    if (parser.hasToken(JsonToken.VALUE_NULL)) {
      return null;
    }
    if (!parser.hasToken(JsonToken.START_OBJECT)) {
      return "tags: expected an object, found " + passed(parser);
    }
    String problem = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      if (value.isStructStart()) {
        problem = PointLimits.shown("tags." + key) + ": expected a string, found " + passed(parser);
      } else if (value != JsonToken.VALUE_NULL) {
        sink.tag(key, text(parser));
      }
    }
    return problem;
  }

  private @Nullable String value(JsonParser parser, MetricSink sink) throws IOException {
    switch (parser.currentToken()) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        return number(parser, sink);
      }
      case VALUE_TRUE -> sink.flag(Metric.VALUE, true);
      case VALUE_FALSE -> sink.flag(Metric.VALUE, false);
      case VALUE_STRING -> sink.string(Metric.VALUE, text(parser));
      default -> {
        return "value: expected a number, true, false or a string, found " + passed(parser);
      }
    }
    return null;
  }

  private static @Nullable String number(JsonParser parser, MetricSink sink) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getTextLength() <= LONGEST_LONG
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      sink.number(Metric.VALUE, parser.getLongValue());
      return null;
    }
    double real = real(parser);
    if (Double.isFinite(real)) {
      sink.number(Metric.VALUE, real);
      return null;
    }
    return parser.isNaN()
        ? "value: expected a finite number, found " + parser.getText()
        : "value: expected a number that fits 64 bits";
  }

  /** Returns infinity for a number that is too large or has too many digits. */
  private static double real(JsonParser parser) throws IOException {
    return parser.getTextLength() <= LONGEST_NUMBER
        ? parser.getDoubleValue()
        : Double.POSITIVE_INFINITY;
  }

  private String text(JsonParser parser) throws IOException {
    return texts.of(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
  }

  /** Returns why a text isn't JSON, without the library's own description of the position. */
  static String problem(JsonProcessingException e) {
    return SOURCE.matcher(e.getOriginalMessage()).replaceAll("${place}");
  }

  /** Describes the parser's value, and moves the parser to its end. */
  private static String passed(JsonParser parser) throws IOException {
    String kind = kind(parser);
    parser.skipChildren();
    return kind;
  }

  /** Describes the parser's token. */
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
