package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineProtocolEncoderTest {

  private static final long TIME = 1_795_225_573L;
  private static final int RANDOM_POINTS = 10_000;

  private final LineProtocolEncoder encoder = new LineProtocolEncoder(false, 1);

  private String encode(String measurement, Map<String, String> tags, Object value) {
    return new String(
        new Point(measurement, new TreeMap<>(tags), TIME, Map.of("value", value))
            .encodedBy(encoder),
        UTF_8);
  }

  @Test
  void sortsTagsAndWritesSeconds() {
    assertThat(encode("PLUGIN.demo.answer", Map.of("user", "nobody", "args", "a-b"), 42))
        .isEqualTo("PLUGIN.demo.answer,args=a-b,user=nobody value=42 1795225573");
  }

  @Test
  void writesNumbersAsFloats() {
    assertThat(value(42)).isEqualTo("42");
    assertThat(value(42.0)).isEqualTo("42");
    assertThat(value(-0.5)).isEqualTo("-0.5");
    assertThat(value(6.88)).isEqualTo("6.88");
    assertThat(value(0.1f)).isEqualTo("0.1");
    assertThat(value(1e300)).isEqualTo("1.0E300");
    assertThat(value(Long.MAX_VALUE)).isEqualTo("9223372036854775807");
    assertThat(value(new BigInteger("123456789012345678901234567890")))
        .isEqualTo("1.2345678901234568E29");
    assertThat(value(new BigDecimal("1.50"))).isEqualTo("1.5");
  }

  @Test
  void writesBooleansAndStrings() {
    assertThat(value(true)).isEqualTo("true");
    assertThat(value("42")).isEqualTo("\"42\"");
    assertThat(value("a \"b\" c:\\d, e=f")).isEqualTo("\"a \\\"b\\\" c:\\\\d, e=f\"");
    assertThat(value("two\nlines\r")).isEqualTo("\"two\\nlines\\r\"");
    assertThat(value("")).isEqualTo("\"\"");
  }

  private String value(Object value) {
    String line = encode("m", Map.of(), value);
    return line.substring("m value=".length(), line.lastIndexOf(' '));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "`a,b c`, `a\\,b\\ c`",
        "a=b, a=b",
        "a\\=b, a\\\\=b",
        "`a\"b`, `a\"b`",
        "a\\b, a\\b",
        "`a\\,b`, `a\\\\,b`",
        "a\\, a/",
        "a\\\\, a//",
        "#a, _a",
        "`a\nb`, a\\nb",
      })
  void escapesMeasurements(String measurement, String expected) {
    assertThat(encode(measurement, Map.of(), 1)).isEqualTo(expected + " value=1 " + TIME);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "`a,b c=d`, `a\\,b\\ c\\=d`",
        "C:\\, C:/",
        "C:\\dir, C:\\dir",
        "`a\r\nb`, a\\r\\nb",
      })
  void escapesTags(String text, String expected) {
    assertThat(encode("m", Map.of(text, text), 1))
        .isEqualTo("m," + expected + "=" + expected + " value=1 " + TIME);
  }

  @Test
  void renamesATagThatInfluxDbReserves() {
    assertThat(encode("m", Map.of("time", "x"), 1)).isEqualTo("m,time_=x value=1 " + TIME);
  }

  @Test
  void keepsTagsApartWhoseKeysWouldBecomeOne() {
    assertThat(encode("m", Map.of("/", "1", "\\", "2", "time", "3", "time_", "4"), 1))
        .isEqualTo("m,/=1,/_=2,time__=3,time_=4 value=1 " + TIME);
  }

  @Test
  void writesEveryFieldInItsOrder() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("value", 1);
    fields.put("duration ms", 2.5);
    fields.put("a", "x,y");
    fields.put("b\\", true);
    fields.put("b/", 3L);
    fields.put("time", 4);
    assertThat(new String(new Point("m", new TreeMap<>(), TIME, fields).encodedBy(encoder), UTF_8))
        .isEqualTo("m value=1,duration\\ ms=2.5,a=\"x,y\",b/_=true,b/=3,time_=4 " + TIME);
  }

  @Test
  void saysWhatInfluxdbJavaSays() {
    long seed = System.nanoTime();
    RandomPoints random = new RandomPoints(seed);
    for (int i = 0; i < RANDOM_POINTS; i++) {
      Point point = sayable(random.next());
      String ours = new String(point.encodedBy(encoder), UTF_8);
      assertThat(LineProtocolReader.read(ours))
          .as("seed %d, point %d: %s", seed, i, ours)
          .isEqualTo(LineProtocolReader.read(influxdbJava(point)));
    }
  }

  /**
   * The point with what the protocol can't say replaced as the encoder does; there influxdb-java's
   * line is broken, and no yardstick.
   */
  private static Point sayable(Point point) {
    TreeMap<String, String> tags = new TreeMap<>();
    // all alike, so that no two become one
    point.tags().forEach((key, value) -> tags.put(name(key) + key.length(), name(value)));
    Map<String, Object> fields = new LinkedHashMap<>();
    point
        .fields()
        .forEach(
            (key, value) ->
                fields.put(
                    untabbed(name(key).replace('\\', '/')) + key.length(),
                    value instanceof String text ? oneLine(text) : value));
    String measurement = name(point.measurement());
    return new Point(
        measurement.startsWith("#") ? "_" + measurement.substring(1) : untabbed(measurement),
        tags,
        point.timestamp(),
        fields);
  }

  private static String name(String text) {
    String line = oneLine(text);
    int last = line.length();
    while (last > 0 && line.charAt(last - 1) == '\\') {
      last--;
    }
    return line.substring(0, last) + "/".repeat(line.length() - last);
  }

  private static String untabbed(String text) {
    return text.startsWith("\t") ? "_" + text.substring(1) : text;
  }

  private static String oneLine(String text) {
    return text.replace("\n", "\\n").replace("\r", "\\r");
  }

  private static String influxdbJava(Point point) {
    org.influxdb.dto.Point.Builder builder =
        org.influxdb.dto.Point.measurement(point.measurement())
            .tag(point.tags())
            .time(point.timestamp(), TimeUnit.SECONDS);
    point
        .fields()
        .forEach(
            (key, value) -> {
              if (value instanceof Number number) {
                // as a long it would become 42i
                builder.addField(key, Double.parseDouble(number.toString()));
              } else if (value instanceof Boolean bool) {
                builder.addField(key, bool.booleanValue());
              } else {
                builder.addField(key, value.toString());
              }
            });
    return builder.build().lineProtocol(TimeUnit.SECONDS);
  }

  @Test
  void neverWritesASecondLine() {
    RandomPoints random = new RandomPoints(1);
    for (int i = 0; i < 1000; i++) {
      assertThat(new String(random.next().encodedBy(encoder), UTF_8)).doesNotContain("\n", "\r");
    }
  }
}
