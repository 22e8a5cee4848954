package io.loda.agent.pipeline;

import java.util.TreeMap;

/** Reads a line as InfluxDB 1.x does. */
final class LineProtocolReader {

  private final String line;
  private int at;

  private LineProtocolReader(String line) {
    this.line = line;
  }

  /**
   * What a line says.
   *
   * @param fields Double, Boolean or String each
   */
  record Read(
      String measurement,
      TreeMap<String, String> tags,
      TreeMap<String, Object> fields,
      long timestamp) {}

  static Read read(String line) {
    if (line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0) {
      throw new IllegalArgumentException("more than one line: " + line);
    }
    return new LineProtocolReader(line).read();
  }

  private Read read() {
    String measurement = name(", ");
    TreeMap<String, String> tags = new TreeMap<>();
    while (line.charAt(at) == ',') {
      at++;
      String key = name("=");
      at++;
      tags.put(key, name(", "));
    }
    TreeMap<String, Object> fields = new TreeMap<>();
    do {
      at++;
      String key = name("=");
      at++;
      fields.put(key, value());
    } while (line.charAt(at) == ',');
    expect(" ");
    return new Read(measurement, tags, fields, Long.parseLong(line.substring(at)));
  }

  /** Up to an end that no backslash precedes; then a backslash before , = or blank goes. */
  private String name(String ends) {
    int start = at;
    while (ends.indexOf(line.charAt(at)) < 0 || (at > start && line.charAt(at - 1) == '\\')) {
      at++;
    }
    return line.substring(start, at).replaceAll("\\\\([,= ])", "$1");
  }

  private Object value() {
    if (line.charAt(at) != '"') {
      int start = at;
      while (line.charAt(at) != ',' && line.charAt(at) != ' ') {
        at++;
      }
      String text = line.substring(start, at);
      return text.equals("true") || text.equals("false")
          ? (Object) Boolean.valueOf(text)
          : Double.valueOf(text);
    }
    StringBuilder text = new StringBuilder();
    for (at++; line.charAt(at) != '"'; at++) {
      boolean escaped =
          line.charAt(at) == '\\' && (line.charAt(at + 1) == '"' || line.charAt(at + 1) == '\\');
      if (escaped) {
        at++;
      }
      text.append(line.charAt(at));
    }
    at++;
    return text.toString();
  }

  private void expect(String text) {
    if (!line.startsWith(text, at)) {
      throw new IllegalArgumentException("expected '" + text + "' at " + at + " of " + line);
    }
    at += text.length();
  }
}
