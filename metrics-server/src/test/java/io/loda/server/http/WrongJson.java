package io.loda.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Texts that look like metrics and are none. What chance chooses is where and which, never whether
 * it is wrong.
 */
final class WrongJson {

  private static final List<String> MARKS = List.of("{", "}", "[", "]", ",", ":");

  static final List<String> NO_NAMES =
      List.of(
          "",
          " ",
          "\\t ",
          "\\n",
          "a\\nb",
          "\\u0000",
          "a\\u0007",
          "\\u007f",
          "\\u0085",
          "\\ud800",
          "a\\udc00b",
          "x".repeat(257),
          "ж".repeat(129));

  /** Names that are allowed, and that a careless server would write into JSON, HTML or SQL. */
  static final List<String> ODD_NAMES =
      List.of(
          "\\\"",
          "a\\\",\\\"value\\\":1,\\\"x\\\":\\\"",
          "'; DROP TABLE metrics_server_values; --",
          "\\\\",
          "<script>alert(1)</script>",
          "</td></tr></table>",
          "&lt;b&gt;",
          "%s%n%x",
          "${jndi:ldap://127.0.0.1/a}",
          "../../etc/passwd",
          "\\u202etxt.exe");

  static final List<String> NO_TYPES =
      List.of("", " ", "Gauge", "GAUGE", "counter ", "histogram", "g\u0430uge", "\\u0000", "null");

  /** Neither a gauge nor a counter can be so much. */
  static final List<String> NO_NUMBERS =
      List.of(
          ("NaN,Infinity,-Infinity,Inf,0x1p4,0x10,1_000,1d,1f,1L,+1,01,-01,.5,5.,1e,1e+,--1,-,\u0661,"
                  + "\uff11,\"1\",\"\",true,null,[1],{},1 2,1e999,-1e999,"
                  + "9".repeat(10_001))
              .split(",", -1));

  /** These a gauge can be, but no counter. */
  static final List<String> NO_COUNTS =
      List.of("1.0", "1e3", "0.5", "-1.5", "9223372036854775808", "-9223372036854775809");

  private final Random random;

  WrongJson(Random random) {
    this.random = random;
  }

  <T> T one(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  String one(String... texts) {
    return one(List.of(texts));
  }

  static String gauge(String value) {
    return "{\"id\":\"a\",\"type\":\"gauge\",\"value\":" + value + "}";
  }

  static String counter(String delta) {
    return "{\"id\":\"a\",\"type\":\"counter\",\"delta\":" + delta + "}";
  }

  static String named(String name, String value) {
    return gauge(value).replace("\"a\"", '"' + name + '"');
  }

  /** One that isn't wrong. */
  String good() {
    return gauge(random.nextInt(1_000) + "." + random.nextInt(1_000));
  }

  /** A value that is no text. */
  String noText() {
    return one("1", "null", "true", "[]", "{}", "[\"a\"]");
  }

  /** A metric without its id, type or value. */
  String without(int field) {
    List<String> fields = new ArrayList<>(fields());
    fields.remove(field);
    return '{' + String.join(",", fields) + '}';
  }

  /** As if it asked for a value, without its id or type. */
  String asksWithout(int field) {
    return '{' + fields().get(1 - field) + '}';
  }

  private static List<String> fields() {
    return List.of("\"id\":\"a\"", "\"type\":\"gauge\"", "\"value\":1.5");
  }

  String twice() {
    return good().replace("}", ",\"" + one("id", "type", "value") + "\":\"a\"}");
  }

  String deep() {
    int depth = 101 + random.nextInt(500);
    String inner =
        random.nextBoolean()
            ? "[".repeat(depth) + "]".repeat(depth)
            : "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
    return good().replace("}", ",\"x\":" + inner + "}");
  }

  /** A list in which all but one could be stored. */
  String among(String wrong) {
    List<String> items = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      items.add(good().replace("\"a\"", "\"name-" + random.nextInt(1_000) + '"'));
    }
    items.add(random.nextInt(items.size()), wrong);
    return '[' + String.join(",", items) + ']';
  }

  String cut(String text) {
    return text.substring(0, random.nextInt(text.length()));
  }

  byte[] cut(byte[] bytes) {
    return Arrays.copyOf(bytes, random.nextInt(bytes.length));
  }

  /** With a mark once more, once less, or another in its place. */
  String otherMarks() {
    List<String> parts = new ArrayList<>(Arrays.asList(good().split("(?<=[{}:,])|(?=[{}:,])")));
    List<Integer> marks = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      if (MARKS.contains(parts.get(i))) {
        marks.add(i);
      }
    }
    int at = one(marks);
    String mark = parts.get(at);
    switch (random.nextInt(3)) {
      case 0 -> parts.add(at, mark);
      case 1 -> parts.remove(at);
      default -> parts.set(at, one(MARKS.stream().filter(other -> !other.equals(mark)).toList()));
    }
    return String.join("", parts);
  }

  byte[] badUtf8() {
    byte[] bytes = good().getBytes(UTF_8);
    byte[][] bad = {{(byte) 0xff}, {(byte) 0xc0, (byte) 0x80}, {(byte) 0xe2, (byte) 0x28}};
    byte[] wrong = bad[random.nextInt(bad.length)];
    // in the name
    System.arraycopy(wrong, 0, bytes, good().indexOf("\"a\"") + 1, wrong.length);
    return bytes;
  }
}
