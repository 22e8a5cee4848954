package io.loda.server.store.dump;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.loda.server.metric.BadMetric;
import io.loda.server.metric.Kind;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.loda.server.metric.Numbers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a flat JSON object: texts, numbers as text, and lists of those. */
final class Fields {

  static final JsonFactory JSON = new JsonFactory();

  private final Map<String, String> texts = new HashMap<>();
  private final Map<String, List<String>> lists = new HashMap<>();

  private Fields() {}

  /** Parses a line; returns null if it isn't one object. */
  static @Nullable Fields of(LinesIn line) throws IOException {
    try (JsonParser parser = JSON.createParser(line.array(), 0, line.length())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      Fields fields = of(parser);
      return parser.nextToken() == null ? fields : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** Parses an object; the parser is at its beginning. */
  static Fields of(JsonParser parser) throws IOException {
    Fields fields = new Fields();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (value == JsonToken.START_ARRAY) {
        fields.lists.put(name, list(parser));
      } else if (value == JsonToken.START_OBJECT) {
        parser.skipChildren();
      } else {
        fields.texts.put(name, parser.getText());
      }
    }
    return fields;
  }

  private static List<String> list(JsonParser parser) throws IOException {
    List<String> list = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      list.add(parser.getText());
      parser.skipChildren();
    }
    return list;
  }

  @Nullable String text(String name) {
    return texts.get(name);
  }

  boolean has(String name) {
    return texts.containsKey(name);
  }

  /**
   * Returns a field as a number.
   *
   * @throws BadMetric when there is none
   */
  long number(String name) {
    try {
      return Long.parseLong(texts.getOrDefault(name, ""));
    } catch (NumberFormatException e) {
      throw new BadMetric(name + ": expected a number");
    }
  }

  /**
   * Returns the metric that this server, or a similar one, wrote.
   *
   * @throws BadMetric when the fields are no metric
   */
  Metric metric() {
    String type = texts.getOrDefault("type", "");
    Kind kind = Kind.named(type).orElseThrow(() -> new BadMetric("type: expected a kind"));
    String name = texts.getOrDefault("name", texts.getOrDefault("id", ""));
    String number = texts.getOrDefault(kind.field(), texts.getOrDefault("value", ""));
    return new Metric(new MetricId(kind, name), Numbers.bits(kind, number));
  }

  /**
   * Returns a list of metrics.
   *
   * @throws BadMetric when the field isn't a list of {@link Line#field(String, List)}
   */
  List<Metric> metrics(String name) {
    List<String> list = lists.getOrDefault(name, List.of());
    if (list.size() % 3 != 0) {
      throw new BadMetric(name + ": expected metrics");
    }
    List<Metric> metrics = new ArrayList<>(list.size() / 3);
    for (int i = 0; i < list.size(); i += 3) {
      Kind kind = list.get(i).equals("g") ? Kind.GAUGE : Kind.COUNTER;
      metrics.add(
          new Metric(new MetricId(kind, list.get(i + 1)), Numbers.bits(kind, list.get(i + 2))));
    }
    return metrics;
  }
}
