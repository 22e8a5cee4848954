package io.loda.common.metric;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Metrics as JSON: {@code [{"name":S,"timestamp":N,"tags":{S:S},"value":V},…]}. Timestamp and tags
 * are optional; the timestamp is in seconds or a finer unit, which its size tells. Any thread.
 */
public final class MetricJson {

  /**
   * Continues where only an item is bad: after a {@code NaN}, as Python prints it, and after a
   * number with any number of digits, which is parsed only if it isn't too long.
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

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private MetricJson() {}

  /**
   * Reads a list item by item. Bytes that aren't UTF-8 cost only their item.
   *
   * @throws IOException when it isn't a JSON list; the message says what was found where. What the
   *     handler got must not be used then
   */
  public static void read(byte[] json, MetricHandler handler) throws IOException {
    LenientText text = LenientText.of(json, afterMark(json), json.length);
    JsonItem items = new JsonItem();
    MetricBuilder metric = new MetricBuilder();
    try (JsonParser parser = FACTORY.createParser(text.text())) {
      JsonToken first = parser.nextToken();
      if (first != JsonToken.START_ARRAY) {
        throw new IOException(
            "expected a JSON list of metrics, found "
                + (first == null ? "nothing" : JsonItem.kind(parser)));
      }
      for (int i = 1; parser.nextToken() != JsonToken.END_ARRAY; i++) {
        long from = parser.currentTokenLocation().getCharOffset();
        String problem = items.read(parser, metric);
        String notText = text.problem(from, parser.currentLocation().getCharOffset());
        if (!notText.isEmpty() || !problem.isEmpty()) {
          handler.refused("item " + i + ": " + (notText.isEmpty() ? problem : notText));
        } else {
          handler.metric(metric.metric());
        }
      }
      if (parser.nextToken() != null) {
        throw new IOException(
            "expected a JSON list of metrics, found no JSON"
                + at(parser.currentTokenLocation())
                + ": Trailing token after the list");
      }
    } catch (JsonProcessingException e) {
      throw noJson(e);
    }
  }

  /** Returns the error for a text that isn't JSON. */
  static IOException noJson(JsonProcessingException e) {
    return new IOException(
        "expected a JSON list of metrics, found no JSON"
            + at(e.getLocation())
            + ": "
            + JsonItem.problem(e),
        e);
  }

  /**
   * Returns the offset after a byte order mark, with which some programs begin UTF-8; 0 if there is
   * none.
   */
  public static int afterMark(byte[] text) {
    return text.length >= 3
            && text[0] == (byte) 0xef
            && text[1] == (byte) 0xbb
            && text[2] == (byte) 0xbf
        ? 3
        : 0;
  }

  private static String at(@Nullable JsonLocation location) {
    return location == null
        ? ""
        : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  /** Returns the metrics as a list. */
  public static String write(List<Metric> metrics) {
    ArrayNode list = MAPPER.createArrayNode();
    for (Metric metric : metrics) {
      ObjectNode item = list.addObject();
      item.put("name", metric.name()).put("timestamp", metric.timestamp());
      ObjectNode tags = item.putObject("tags");
      metric.tags().forEach(tags::put);
      item.set("value", MAPPER.valueToTree(metric.value()));
    }
    return list.toString();
  }
}
