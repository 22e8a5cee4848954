package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.point.EncodedPoints;
import io.loda.agent.point.Framing;
import io.loda.common.metric.FieldText;
import java.util.Objects;

/**
 * Encodes the JSON that the Loda router reads: each message is one object with a list of points.
 *
 * <p>The router copies a field's value into line protocol unchanged. So a text is sent with the
 * quotes that it needs there; InfluxDB refuses the point without them.
 */
final class LodaJsonEncoder implements Encoder {

  private static final String HEX = "0123456789ABCDEF";

  private final boolean keepsStrings;

  /**
   * Creates an encoder.
   *
   * @param keepsStrings keeps JSON strings as strings even if they are a number, {@code 5i} or
   *     {@code true}; the router writes them as numbers and booleans
   */
  LodaJsonEncoder(boolean keepsStrings) {
    this.keepsStrings = keepsStrings;
  }

  @Override
  public void encode(PointDraft point, EncodedPoints out) {
    out.putAscii("{\"measurement\":\"");
    text(out, point.prefix);
    text(out, point.name);
    out.putAscii("\",\"timestamp\":");
    out.putLong(point.timestamp);
    out.putAscii(",\"tags\":{");
    for (int i = 0; i < point.tags; i++) {
      key(out, i, point.tagKeys[i]);
      string(out, point.tagValues[i]);
    }
    out.putAscii("},\"fields\":{");
    for (int i = 0; i < point.fields; i++) {
      key(out, i, point.fieldKeys[i]);
      switch (point.kinds[i]) {
        case LONG -> out.putLong(point.bits[i]);
        case DOUBLE -> NumberText.put(out, Double.longBitsToDouble(point.bits[i]));
        case FLAG -> out.putAscii(point.bits[i] == 1 ? "true" : "false");
        case TEXT -> quoted(out, Objects.requireNonNull(point.texts[i]));
        case STRING -> jsonString(out, Objects.requireNonNull(point.texts[i]));
      }
    }
    out.putAscii("}}");
  }

  private void jsonString(EncodedPoints out, String text) {
    if (keepsStrings || FieldText.meaning(text) == null) {
      quoted(out, text);
    } else {
      string(out, text);
    }
  }

  private static void quoted(EncodedPoints out, String text) {
    string(
        out,
        '"'
            + text.replace("\\", "\\\\")
                .replace("\"", "\\\"")
                // one point is one line
                .replace("\n", "\\n")
                .replace("\r", "\\r")
            + '"');
  }

  @Override
  public Framing framing(String topic) {
    EncodedPoints head = new EncodedPoints();
    head.putAscii("{\"database\":");
    string(head, topic);
    head.putAscii(",\"retentionPolicy\":\"default\",\"points\":[");
    head.endPoint();
    return Framing.of(
        new String(head.array(), 0, head.totalBytes(), UTF_8), ",", "],\"precision\":\"s\"}");
  }

  private static void key(EncodedPoints out, int index, String key) {
    if (index > 0) {
      out.put((byte) ',');
    }
    string(out, key);
    out.put((byte) ':');
  }

  private static void string(EncodedPoints out, String text) {
    out.put((byte) '"');
    text(out, text);
    out.put((byte) '"');
  }

  private static void text(EncodedPoints out, String text) {
    for (int i = 0; i < text.length(); ) {
      char c = text.charAt(i);
      if (c >= ' ' && c != '"' && c != '\\') {
        i += out.putChar(text, i);
        continue;
      }
      i++;
      out.put((byte) '\\');
      switch (c) {
        case '"', '\\' -> out.put((byte) c);
        case '\n' -> out.put((byte) 'n');
        case '\r' -> out.put((byte) 'r');
        case '\t' -> out.put((byte) 't');
        case '\b' -> out.put((byte) 'b');
        case '\f' -> out.put((byte) 'f');
        default -> {
          out.putAscii("u00");
          out.put((byte) HEX.charAt(c >> 4));
          out.put((byte) HEX.charAt(c & 15));
        }
      }
    }
  }
}
