package io.loda.agent.pipeline;

import io.loda.agent.point.EncodedPoints;
import io.loda.agent.point.Framing;
import io.loda.common.metric.FieldText;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Encodes InfluxDB line protocol: {@code measurement,tag=v value=42 1795225573}. Timestamps are
 * whole seconds, in whatever unit they are written.
 *
 * <p>Text that the protocol can't represent is replaced, since InfluxDB answers a bad line with 400
 * or misreads it: a line break becomes the two characters {@code \n}; a backslash at the end of a
 * name, which would escape what follows, becomes {@code /}, and so does any backslash in a field's
 * key; a leading {@code #} (a comment) or tab (a blank) of a measurement becomes {@code _}; a tag
 * or field {@code time}, which InfluxDB refuses, becomes {@code time_}.
 */
final class LineProtocolEncoder implements Encoder {

  /** Names that would become equal get up to this many underscores, and further ones a number. */
  private static final int MOST_UNDERSCORES = 3;

  private static final Framing FRAMING = Framing.of("", "\n", "");

  private final boolean keepsStrings;
  private final long unitsPerSecond;
  private final long lastSecond;

  /**
   * Creates an encoder.
   *
   * @param keepsStrings keeps JSON strings as strings even if they are a number, {@code 5i} or
   *     {@code true}; the Loda router writes them as numbers and booleans
   * @param unitsPerSecond of its timestamps
   */
  LineProtocolEncoder(boolean keepsStrings, long unitsPerSecond) {
    this.keepsStrings = keepsStrings;
    this.unitsPerSecond = unitsPerSecond;
    // the latest that fits a long in this unit: the year 2262 in nanoseconds
    this.lastSecond = Long.MAX_VALUE / unitsPerSecond;
  }

  @Override
  public void encode(PointDraft point, EncodedPoints out) {
    measurement(out, point.prefix, point.name);
    String[] tagKeys = sayableKeys(point.tagKeys, point.tags, false);
    for (int i = 0; i < point.tags; i++) {
      out.put((byte) ',');
      name(out, tagKeys[i], true);
      out.put((byte) '=');
      name(out, sayable(point.tagValues[i]), true);
    }
    String[] fieldKeys = sayableKeys(point.fieldKeys, point.fields, true);
    for (int i = 0; i < point.fields; i++) {
      out.put((byte) (i == 0 ? ' ' : ','));
      name(out, fieldKeys[i], true);
      out.put((byte) '=');
      switch (point.kinds[i]) {
        case LONG -> out.putLong(point.bits[i]);
        case DOUBLE -> NumberText.put(out, Double.longBitsToDouble(point.bits[i]));
        case FLAG -> out.putAscii(point.bits[i] == 1 ? "true" : "false");
        case TEXT -> string(out, Objects.requireNonNull(point.texts[i]));
        case STRING -> jsonString(out, Objects.requireNonNull(point.texts[i]));
      }
    }
    out.put((byte) ' ');
    out.putLong(Math.min(point.timestamp, lastSecond) * unitsPerSecond);
  }

  private void jsonString(EncodedPoints out, String text) {
    Object meaning = keepsStrings ? null : FieldText.meaning(text);
    if (meaning instanceof Double number) {
      NumberText.put(out, number);
    } else if (meaning instanceof Long whole) {
      out.putLong(whole);
      out.put((byte) 'i');
    } else if (meaning instanceof Boolean flag) {
      out.putAscii(flag.toString());
    } else {
      string(out, meaning instanceof String inner ? inner : text);
    }
  }

  @Override
  public Framing framing(String topic) {
    return FRAMING;
  }

  private static void measurement(EncodedPoints out, String prefix, String name) {
    if (!prefix.isEmpty()) {
      name(out, sayable(prefix), false);
      name(out, sayable(name), false);
      return;
    }
    String sayable = sayable(name);
    name(out, sayable.startsWith("#") ? "_" + sayable.substring(1) : untabbed(sayable), false);
  }

  /** Replaces characters that keys can't have, and keeps the keys distinct. */
  private static String[] sayableKeys(String[] keys, int count, boolean fields) {
    for (int i = 0; i < count; i++) {
      if (!sayableKey(keys[i], fields).equals(keys[i])) {
        return distinct(keys, count, fields);
      }
    }
    return keys;
  }

  private static String[] distinct(String[] keys, int count, boolean fields) {
    Set<String> given = new HashSet<>(Arrays.asList(keys).subList(0, count));
    Set<String> distinct = new LinkedHashSet<>();
    Map<String, Integer> again = new HashMap<>();
    for (int i = 0; i < count; i++) {
      String wanted = sayableKey(keys[i], fields);
      String free = wanted;
      while (distinct.contains(free) || (!free.equals(keys[i]) && given.contains(free))) {
        int times = again.merge(wanted, 1, Integer::sum);
        free = wanted + (times <= MOST_UNDERSCORES ? "_".repeat(times) : "_" + times);
      }
      distinct.add(free);
    }
    return distinct.toArray(new String[0]);
  }

  private static String sayableKey(String key, boolean field) {
    String sayable = key.equals("time") ? "time_" : sayable(key);
    if (!field) {
      return sayable;
    }
    // in a field's key InfluxDB takes any character after a backslash as escaped
    return untabbed(sayable.indexOf('\\') >= 0 ? sayable.replace('\\', '/') : sayable);
  }

  /** InfluxDB reads a leading tab of a measurement or field as a blank. */
  private static String untabbed(String text) {
    return text.startsWith("\t") ? "_" + text.substring(1) : text;
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
   * Appends a measurement, a key or a tag's value. An equals sign is escaped outside measurements,
   * and in a measurement only after a backslash, which InfluxDB would read as its escape.
   */
  private static void name(EncodedPoints out, String text, boolean equals) {
    for (int i = 0; i < text.length(); ) {
      char c = text.charAt(i);
      if (c == ',' || c == ' ' || (c == '=' && (equals || (i > 0 && text.charAt(i - 1) == '\\')))) {
        out.put((byte) '\\');
      }
      i += out.putChar(text, i);
    }
  }

  private static void string(EncodedPoints out, String text) {
    out.put((byte) '"');
    for (int i = 0; i < text.length(); ) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> {
          out.put((byte) '\\');
          out.put((byte) c);
          i++;
        }
        case '\n' -> {
          out.putAscii("\\n");
          i++;
        }
        case '\r' -> {
          out.putAscii("\\r");
          i++;
        }
        default -> i += out.putChar(text, i);
      }
    }
    out.put((byte) '"');
  }
}
