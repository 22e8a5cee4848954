package io.loda.common.metric;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.util.List;

/**
 * Metrics as JSON: {@code [{"name":S,"timestamp":N,"tags":{S:S},"value":V},…]}. Timestamp and tags
 * may be left out; the timestamp counts seconds or a finer unit, told by its size. Any thread.
 */
public final class MetricJson {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private MetricJson() {}

  /**
   * Reads a list item by item. Bytes that aren't UTF-8 cost the item that they are in.
   *
   * @throws IOException when it is no JSON, or no list, and whatever the handler got is not to be
   *     used; the message says what was found where
   */
  public static void read(byte[] json, MetricHandler handler) throws IOException {
    LenientText text = LenientText.of(json, afterMark(json), json.length);
    try (JsonParser parser = JsonItem.FACTORY.createParser(text.text())) {
      JsonToken first = parser.nextToken();
      if (first != JsonToken.START_ARRAY) {
        throw new IOException(
            "expected a JSON list of metrics, found "
                + (first == null ? "nothing" : JsonItem.kind(parser)));
      }
      for (int i = 1; parser.nextToken() != JsonToken.END_ARRAY; i++) {
        item(parser, text, "item " + i + ": ", handler);
      }
      if (parser.nextToken() != null) {
        throw new IOException(
            "expected a JSON list of metrics, found no JSON"
                + at(parser.currentTokenLocation())
                + ": Trailing token after the list");
      }
    } catch (JsonProcessingException e) {
      throw new IOException(
          "expected a JSON list of metrics, found no JSON"
              + at(e.getLocation())
              + ": "
              + JsonItem.problem(e),
          e);
    }
  }

  /** After the mark with which some programs begin what is UTF-8; 0 where there is none. */
  public static int afterMark(byte[] text) {
    return text.length >= 3
            && text[0] == (byte) 0xef
            && text[1] == (byte) 0xbb
            && text[2] == (byte) 0xbf
        ? 3
        : 0;
  }

  private static void item(
      JsonParser parser, LenientText text, String position, MetricHandler handler)
      throws IOException {
    long from = parser.currentTokenLocation().getCharOffset();
    JsonItem item = JsonItem.read(parser);
    String notText = text.problem(from, parser.currentLocation().getCharOffset());
    String problem = notText.isEmpty() ? item.problem() : notText;
    if (problem.isEmpty()) {
      handler.metric(item.metric());
    } else {
      handler.refused(position + problem);
    }
  }

  private static String at(JsonLocation location) {
    return location == null
        ? ""
        : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  /** Writes a list. */
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
