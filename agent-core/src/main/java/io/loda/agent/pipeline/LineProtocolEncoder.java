package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.delivery.Framing;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * InfluxDB line protocol with seconds: {@code measurement,tag=v value=42 1795225573}.
 *
 * <p>What the protocol has no way to say is made sayable rather than sent broken, for InfluxDB
 * answers one bad line with 400 or, worse, reads it as something else: a line break becomes the two
 * characters {@code \n}, so that one point is one line; a backslash at the end of a name, which
 * would swallow what follows it, becomes {@code /}, and so does one anywhere in a field's key; a
 * measurement that begins with {@code #} (a comment) begins with {@code _}; and a tag or field
 * {@code time} (refused) is called {@code time_}.
 */
final class LineProtocolEncoder implements Encoder {

  private static final Framing FRAMING = Framing.of("", "\n", "");

  @Override
  public byte[] encode(Point point) {
    StringBuilder line = new StringBuilder(128);
    String measurement = sayable(point.measurement());
    if (measurement.startsWith("#")) {
      measurement = "_" + measurement.substring(1);
    }
    name(line, measurement, false);
    for (Map.Entry<String, String> tag :
        sayableKeys(point.tags(), LineProtocolEncoder::tagKey).entrySet()) {
      line.append(',');
      name(line, tag.getKey(), true);
      line.append('=');
      name(line, sayable(tag.getValue()), true);
    }
    char separator = ' ';
    for (Map.Entry<String, Object> field :
        sayableKeys(point.fields(), LineProtocolEncoder::fieldKey).entrySet()) {
      line.append(separator);
      name(line, field.getKey(), true);
      line.append('=');
      value(line, field.getValue());
      separator = ',';
    }
    line.append(' ').append(point.timestamp());
    return line.toString().getBytes(UTF_8);
  }

  @Override
  public Framing framing(String topic) {
    return FRAMING;
  }

  /** The entries under keys that can be said; two that would become one stay two. */
  private static <V> Map<String, V> sayableKeys(
      Map<String, V> entries, UnaryOperator<String> sayableKey) {
    if (entries.keySet().stream().allMatch(key -> key.equals(sayableKey.apply(key)))) {
      return entries;
    }
    Map<String, V> sayable = entries instanceof SortedMap ? new TreeMap<>() : new LinkedHashMap<>();
    entries.forEach(
        (key, value) -> {
          String free = sayableKey.apply(key);
          while (sayable.containsKey(free) || (!free.equals(key) && entries.containsKey(free))) {
            free += "_";
          }
          sayable.put(free, value);
        });
    return sayable;
  }

  private static String tagKey(String key) {
    return key.equals("time") ? "time_" : sayable(key);
  }

  /** Among fields InfluxDB takes any character after a backslash as escaped. */
  private static String fieldKey(String key) {
    return tagKey(key).replace('\\', '/');
  }

  private static String sayable(String text) {
    int last = text.length();
    while (last > 0 && text.charAt(last - 1) == '\\') {
      last--;
    }
    String ended =
        last == text.length() ? text : text.substring(0, last) + "/".repeat(text.length() - last);
    return ended.indexOf('\n') < 0 && ended.indexOf('\r') < 0
        ? ended
        : ended.replace("\n", "\\n").replace("\r", "\\r");
  }

  /**
   * A measurement, a key or a tag's value. An equals sign is special outside measurements only; but
   * InfluxDB reads a backslash before one as an escape in a measurement too.
   */
  private static void name(StringBuilder out, String text, boolean tag) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean special =
          switch (c) {
            case ',', ' ' -> true;
            case '=' -> tag || (i > 0 && text.charAt(i - 1) == '\\');
            default -> false;
          };
      if (special) {
        out.append('\\');
      }
      out.append(c);
    }
  }

  private static void value(StringBuilder out, Object value) {
    if (value instanceof Number number) {
      out.append(NumberText.of(number));
    } else if (value instanceof Boolean) {
      out.append(value);
    } else {
      string(out, value.toString());
    }
  }

  private static void string(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        default -> out.append(c);
      }
    }
    out.append('"');
  }
}
