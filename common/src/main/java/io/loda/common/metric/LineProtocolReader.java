package io.loda.common.metric;

import io.loda.agent.plugin.Metric;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads InfluxDB line protocol: {@code measurement,tag=v value=42,up=true 1795225573}.
 *
 * <p>It accepts what InfluxDB 1.x accepts, with few differences: a line break within quotes belongs
 * to the string, but after a backslash it ends the line; a refused line ends at its first line
 * break, so that a missing quote costs one line; a carriage return before a line break belongs to
 * the line break; text directly after a string is refused rather than dropped; names must be UTF-8.
 * A whole number ({@code 42i}, {@code 42u}) becomes a plain number. Comments ({@code #}) and blank
 * lines are skipped. Reads the bytes in one pass.
 */
public final class LineProtocolReader implements LineReader {

  private static final String VALUE = "a number, true, false or a \"string\"";

  private final TimePrecision precision;
  private final TextCache texts = new TextCache();
  private final List<Map.Entry<String, String>> tags = new ArrayList<>();

  private byte[] text = new byte[0];
  private int at;
  private int end;
  private boolean escaped;
  private int breaksInStrings;

  /**
   * Creates a reader.
   *
   * @param precision of the lines' timestamps
   */
  public LineProtocolReader(TimePrecision precision) {
    this.precision = precision;
  }

  @Override
  public void read(byte[] text, int from, int to, long firstLine, MetricHandler handler) {
    this.text = text;
    this.at = from;
    this.end = to;
    long line = firstLine;
    while (at < end) {
      int start = at;
      breaksInStrings = 0;
      Metric metric = null;
      try {
        skipBlanks();
        if (!atLineBreak() && text[at] != '#') {
          metric = metric();
        }
      } catch (BadText e) {
        handler.refused(e.described(text, start, line));
        at = start;
        breaksInStrings = 0;
      }
      if (metric != null) {
        handler.metric(metric);
      }
      while (at < end && text[at] != '\n') {
        at++;
      }
      at++;
      line += 1 + breaksInStrings;
    }
    this.text = new byte[0];
  }

  private Metric metric() throws BadText {
    int start = at;
    toUnescaped((byte) ',', (byte) ' ');
    String name = name("a measurement", start);
    Map<String, String> tags = tags();
    skipBlanks();
    Map<String, Object> fields = fields();
    long timestamp = timestamp();
    return new Metric(name, timestamp, tags, fields);
  }

  private Map<String, String> tags() throws BadText {
    tags.clear();
    int first = at;
    while (at < end && text[at] == ',') {
      int start = ++at;
      toUnescaped((byte) '=', (byte) ',', (byte) ' ');
      String key = name("a tag's name", start);
      expectEquals("a tag's value");
      start = at;
      toUnescaped((byte) ',', (byte) ' ', (byte) '=');
      String value = name("a tag's value", start);
      if (at < end && text[at] == '=') {
        throw bad("a blank or a comma after a tag's value");
      }
      tags.add(Map.entry(key, value));
      if (tags.size() > PointLimits.MOST_TAGS) {
        throw new BadText(first, "expected at most " + PointLimits.MOST_TAGS + " tags, found more");
      }
    }
    try {
      return switch (tags.size()) {
        case 0 -> Map.of();
        case 1 -> Map.of(tags.get(0).getKey(), tags.get(0).getValue());
        default -> Map.ofEntries(tags.toArray(LineProtocolReader::entries));
      };
    } catch (IllegalArgumentException e) {
      throw new BadText(first, "expected each tag once, found one twice");
    }
  }

  @SuppressWarnings("unchecked")
  private static Map.Entry<String, String>[] entries(int length) {
    return (Map.Entry<String, String>[]) new Map.Entry<?, ?>[length];
  }

  private Map<String, Object> fields() throws BadText {
    String key = fieldKey();
    Object value = value();
    if (at == end || text[at] != ',') {
      return Map.of(key, value);
    }
    int first = at;
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(key, value);
    while (at < end && text[at] == ',') {
      at++;
      key = fieldKey();
      fields.put(key, value());
      if (fields.size() > PointLimits.MOST_FIELDS) {
        throw new BadText(
            first, "expected at most " + PointLimits.MOST_FIELDS + " fields, found more");
      }
    }
    return fields;
  }

  private String fieldKey() throws BadText {
    int start = at;
    escaped = false;
    while (!atLineBreak() && text[at] != '=' && text[at] != ',' && text[at] != ' ') {
      // in fields a backslash escapes any character, also another backslash
      boolean pair = text[at] == '\\' && at + 1 < end && text[at + 1] != '\n';
      escaped |= pair;
      at += pair ? 2 : 1;
    }
    String key = name("a field", start);
    expectEquals("a field's value");
    return key;
  }

  private Object value() throws BadText {
    if (atLineBreak()) {
      throw bad(VALUE);
    }
    if (text[at] == '"') {
      return string();
    }
    int start = at;
    while (!atLineBreak() && text[at] != ',' && text[at] != ' ') {
      at++;
    }
    byte first = text[start];
    if ((first >= '0' && first <= '9') || first == '-' || first == '.') {
      return LineProtocolNumber.read(text, start, at);
    }
    return bool(start);
  }

  private Boolean bool(int start) throws BadText {
    return switch (at - start > 5 ? "" : texts.get(text, start, at)) {
      case "t", "T", "true", "True", "TRUE" -> true;
      case "f", "F", "false", "False", "FALSE" -> false;
      default ->
          throw new BadText(
              start, "expected " + VALUE + ", found " + BadText.shown(text, start, at));
    };
  }

  private String string() throws BadText {
    int start = ++at;
    boolean escapes = false;
    // an escaped character has two bytes; a longer name is refused without reading all of it
    int longest = Math.min(end, start + 2 * PointLimits.LONGEST_BYTES + 2);
    while (at < longest && text[at] != '"') {
      boolean pair = text[at] == '\\' && at + 1 < end && text[at + 1] != '\n';
      escapes |= pair;
      breaksInStrings += text[at] == '\n' ? 1 : 0;
      at += pair ? 2 : 1;
    }
    checkLength(start, "a string");
    if (at >= end) {
      throw new BadText(start - 1, "expected a quote at the string's end, found none");
    }
    String string = escapes ? unescaped(start, at, "\"\\") : texts.get(text, start, at);
    at++;
    if (!atLineBreak() && text[at] != ',' && text[at] != ' ') {
      throw bad("a blank or a comma after a string");
    }
    return string;
  }

  private long timestamp() throws BadText {
    skipBlanks();
    if (atLineBreak()) {
      return 0;
    }
    int start = at;
    while (!atLineBreak() && text[at] != ' ' && text[at] != '\t') {
      at++;
    }
    long timestamp = LineProtocolNumber.timestamp(text, start, at);
    skipBlanks();
    if (!atLineBreak()) {
      throw bad("the end of the line");
    }
    return precision.toSeconds(timestamp);
  }

  /** Moves to the next of these bytes without a backslash before it, or to the end of the line. */
  private void toUnescaped(byte a, byte b) {
    toUnescaped(a, b, b);
  }

  private void toUnescaped(byte a, byte b, byte c) {
    escaped = false;
    byte before = 0;
    for (; at < end; at++) {
      byte now = text[at];
      if (now == '\n' || (now == '\r' && atLineBreak())) {
        return;
      }
      if (now == a || now == b || now == c) {
        if (before != '\\') {
          return;
        }
      }
      escaped |= now == '\\';
      before = now;
    }
  }

  private String name(String what, int start) throws BadText {
    if (at == start) {
      throw bad(what);
    }
    checkLength(start, what);
    return escaped ? unescaped(start, at, ",= ") : texts.get(text, start, at);
  }

  /**
   * Refuses a text that is too long even if all its characters are escaped; others are checked with
   * their point.
   */
  private void checkLength(int start, String what) throws BadText {
    if (at - start > 2 * PointLimits.LONGEST_BYTES) {
      throw new BadText(
          start,
          "expected " + what + " of at most " + PointLimits.LONGEST_BYTES + " bytes, found more");
    }
  }

  /** Removes a backslash before one of these characters, and keeps it before others. */
  private String unescaped(int from, int to, String escapable) throws BadText {
    // decode it unchanged first, so that an error has its position
    texts.decode(text, from, to);
    byte[] plain = new byte[to - from];
    int length = 0;
    for (int i = from; i < to; i++) {
      if (text[i] == '\\' && i + 1 < to && escapable.indexOf(text[i + 1]) >= 0) {
        i++;
      }
      plain[length++] = text[i];
    }
    return texts.get(plain, 0, length);
  }

  private void expectEquals(String before) throws BadText {
    if (at == end || text[at] != '=') {
      throw bad("= and " + before);
    }
    at++;
  }

  private void skipBlanks() {
    while (at < end && (text[at] == ' ' || text[at] == '\t')) {
      at++;
    }
  }

  /**
   * Returns whether the line ends here; a carriage return before the line break or the end belongs
   * to it.
   */
  private boolean atLineBreak() {
    return at >= end
        || text[at] == '\n'
        || (text[at] == '\r' && (at + 1 == end || text[at + 1] == '\n'));
  }

  private BadText bad(String expected) {
    int to = at;
    while (to < end && text[to] != '\n' && text[to] != ' ' && text[to] != ',') {
      to++;
    }
    return new BadText(
        at,
        "expected "
            + expected
            + ", found "
            + (atLineBreak()
                ? "the end of the line"
                : BadText.shown(text, at, Math.min(end, Math.max(to, at + 1)))));
  }
}
