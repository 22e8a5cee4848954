package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.loda.agent.delivery.Framing;
import java.util.Map;

/** The JSON that the Loda router reads: one object a message, its points in a list. */
final class LodaJsonEncoder implements Encoder {

  @Override
  public byte[] encode(Point point) {
    StringBuilder json = new StringBuilder(160);
    json.append("{\"measurement\":");
    string(json, point.measurement());
    json.append(",\"timestamp\":").append(point.timestamp()).append(",\"tags\":{");
    String comma = "";
    for (Map.Entry<String, String> tag : point.tags().entrySet()) {
      json.append(comma);
      string(json, tag.getKey());
      json.append(':');
      string(json, tag.getValue());
      comma = ",";
    }
    json.append("},\"fields\":{");
    comma = "";
    for (Map.Entry<String, Object> field : point.fields().entrySet()) {
      json.append(comma);
      string(json, field.getKey());
      json.append(':');
      value(json, field.getValue());
      comma = ",";
    }
    return json.append("}}").toString().getBytes(UTF_8);
  }

  private static void value(StringBuilder json, Object value) {
    if (value instanceof Number number) {
      json.append(NumberText.of(number));
    } else if (value instanceof Boolean) {
      json.append(value);
    } else {
      string(json, value.toString());
    }
  }

  @Override
  public Framing framing(String topic) {
    StringBuilder head = new StringBuilder("{\"database\":");
    string(head, topic);
    head.append(",\"retentionPolicy\":\"default\",\"points\":[");
    return Framing.of(head.toString(), ",", "],\"precision\":\"s\"}");
  }

  private static void string(StringBuilder json, String text) {
    json.append('"').append(JsonStringEncoder.getInstance().quoteAsString(text)).append('"');
  }
}
