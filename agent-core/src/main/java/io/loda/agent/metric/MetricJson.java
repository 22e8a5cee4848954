package io.loda.agent.metric;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Metrics as JSON: {@code [{"name":S,"timestamp":N,"tags":{S:S},"value":V},…]}. Timestamp and tags
 * may be left out. Any thread.
 */
public final class MetricJson {

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** What follows the list would be lost without a word. */
  private static final ObjectReader READER =
      MAPPER.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private MetricJson() {}

  /**
   * What a list held.
   *
   * @param refused a line for each bad item: its position from 1, and what is wrong
   */
  public record Parsed(List<Metric> metrics, List<String> refused) {

    public Parsed {
      metrics = List.copyOf(metrics);
      refused = List.copyOf(refused);
    }
  }

  /**
   * Reads a list.
   *
   * @throws IOException when it is no JSON, or no list; the message says what was found where
   */
  public static Parsed parse(byte[] json) throws IOException {
    JsonNode root;
    try {
      root = READER.readTree(json);
    } catch (JsonProcessingException e) {
      JsonLocation location = e.getLocation();
      throw new IOException(
          "expected a JSON list of metrics, found no JSON"
              + (location == null
                  ? ""
                  : " at line " + location.getLineNr() + ", column " + location.getColumnNr())
              + ": "
              + e.getOriginalMessage(),
          e);
    }
    if (!root.isArray()) {
      throw new IOException(
          "expected a JSON list of metrics, found "
              + (root.isMissingNode() ? "nothing" : kind(root)));
    }
    List<Metric> metrics = new ArrayList<>(root.size());
    List<String> refused = new ArrayList<>();
    for (int i = 0; i < root.size(); i++) {
      try {
        metrics.add(metric(root.get(i)));
      } catch (IllegalArgumentException e) {
        refused.add("item " + (i + 1) + ": " + e.getMessage());
      }
    }
    return new Parsed(metrics, refused);
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

  private static Metric metric(JsonNode item) {
    if (!item.isObject()) {
      throw new IllegalArgumentException("expected an object, found " + kind(item));
    }
    JsonNode name = item.path("name");
    if (!name.isTextual() || name.textValue().isBlank()) {
      throw new IllegalArgumentException("name: expected a string, found " + kind(name));
    }
    JsonNode timestamp = item.path("timestamp");
    if (!timestamp.isNumber() && !timestamp.isNull() && !timestamp.isMissingNode()) {
      throw new IllegalArgumentException(
          "timestamp: expected seconds as a number, found " + kind(timestamp));
    }
    return new Metric(
        name.textValue(), timestamp.asLong(0), tags(item.path("tags")), value(item.path("value")));
  }

  private static Map<String, String> tags(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return Map.of();
    }
    if (!node.isObject()) {
      throw new IllegalArgumentException("tags: expected an object, found " + kind(node));
    }
    Map<String, String> tags = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> tag : node.properties()) {
      if (tag.getValue().isContainerNode()) {
        throw new IllegalArgumentException(
            "tags." + tag.getKey() + ": expected a string, found " + kind(tag.getValue()));
      }
      if (!tag.getValue().isNull()) {
        tags.put(tag.getKey(), tag.getValue().asText());
      }
    }
    return tags;
  }

  private static Object value(JsonNode node) {
    if (node.isIntegralNumber() && node.canConvertToLong()) {
      return node.longValue();
    }
    if (node.isNumber()) {
      double value = node.doubleValue();
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("value: expected a number that fits 64 bits");
      }
      return value;
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    if (node.isTextual()) {
      return node.textValue();
    }
    throw new IllegalArgumentException(
        "value: expected a number, true, false or a string, found " + kind(node));
  }

  private static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case MISSING -> "nothing";
      case NULL -> "null";
      case STRING -> node.textValue().isBlank() ? "an empty string" : "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> node.asText();
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      default -> node.getNodeType().toString();
    };
  }
}
