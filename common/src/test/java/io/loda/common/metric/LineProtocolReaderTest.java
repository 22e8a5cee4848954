package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.plugin.Metric;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.influxdb.dto.Point;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineProtocolReaderTest {

  private final LineProtocolReader reader = new LineProtocolReader(TimePrecision.BY_SIZE);

  @Test
  void linesAreMetrics() {
    Collecting read =
        Collecting.of(
            reader,
            """
            cpu,core=0,host=web1 value=42 1795225573
            # a comment
               \t

              up value=t
            mem used=1.5,free=2i,name="a b",ok=false 1795225573
            last value=-1e-3""");

    assertThat(read.refused).isEmpty();
    assertThat(read.metrics)
        .containsExactly(
            new Metric("cpu", 1795225573, Map.of("core", "0", "host", "web1"), 42.0),
            new Metric("up", 0, Map.of(), true),
            new Metric(
                "mem",
                1795225573,
                Map.of(),
                ordered("used", 1.5, "free", 2L, "name", "a b", "ok", false)),
            new Metric("last", 0, Map.of(), -0.001));
    assertThat(read.metrics.get(2).fields().keySet()).containsExactly("used", "free", "name", "ok");
  }

  @Test
  void aLineWithTooManyFieldsOrTagsCostsItself() {
    StringBuilder text = new StringBuilder("m value=1\nm ");
    for (int i = 0; i < 125_000; i++) {
      text.append(i == 0 ? "" : ",").append("f").append(i).append("=1");
    }
    text.append("\nm");
    for (int i = 0; i < 100_000; i++) {
      text.append(",t").append(i).append("=v");
    }
    text.append(" value=1\nlast value=\"").append("x".repeat(200_000)).append("\"\nm value=2\n");

    Collecting read = Collecting.of(reader, text.toString());

    assertThat(read.metrics).extracting(Metric::value).containsExactly(1.0, 2.0);
    assertThat(read.refused)
        .satisfiesExactly(
            fields ->
                assertThat(fields)
                    .startsWith("line 2, ")
                    .contains("expected at most 1024 fields, found more"),
            tags ->
                assertThat(tags)
                    .startsWith("line 3, ")
                    .contains("expected at most 256 tags, found more"),
            string ->
                assertThat(string)
                    .startsWith("line 4, ")
                    .contains("expected a string of at most 65536 bytes, found more"));
  }

  @Test
  void carriageReturnsBelongToTheLineBreak() {
    Collecting read =
        Collecting.of(reader, "a value=1\r\n\r\nb value=\"x\" 1795225573\r\nc,t=v value=3i\r\n");

    assertThat(read.refused).isEmpty();
    assertThat(read.metrics)
        .containsExactly(
            new Metric("a", 0, Map.of(), 1.0),
            new Metric("b", 1795225573, Map.of(), "x"),
            new Metric("c", 0, Map.of("t", "v"), 3L));
  }

  @Test
  void whatIsEscapedIsPartOfTheName() {
    Collecting read =
        Collecting.of(
            reader,
            "my\\ disk\\,x,the\\ key\\,\\==C:\\\\a\\ b\\,c\\=d,e=\\x f\\ 1\\=\\,\\\\x=\"q\\\"w\\\\e\\r,= \" 5");

    assertThat(read.refused).isEmpty();
    assertThat(read.metrics)
        .containsExactly(
            new Metric(
                "my disk,x",
                5,
                Map.of("the key,=", "C:\\\\a b,c=d", "e", "\\x"),
                Map.of("f 1=,\\\\x", "q\"w\\e\\r,= ")));
  }

  @Test
  void lineBreakWithinQuotesBelongsToTheString() {
    Collecting read = Collecting.of(reader, "a value=\"one\ntwo\" 5\nb value=\n");

    assertThat(read.metrics).containsExactly(new Metric("a", 5, Map.of(), "one\ntwo"));
    assertThat(read.refused).hasSize(1).first().asString().startsWith("line 3, column 9: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          0                      # 0.0
          42                     # 42.0
          -0.1                   # -0.1
          1.                     # 1.0
          .5                     # 0.5
          1e3                    # 1000.0
          1.5E+3                 # 1500.0
          123456789.123456789    # 1.2345678912345679E8
          9007199254740993       # 9.007199254740992E15
          1.7976931348623157e308 # 1.7976931348623157E308
          4.9e-324               # 4.9E-324
          1e-400                 # 0.0
          0.30000000000000004    # 0.30000000000000004
          7i                     # 7
          -9223372036854775808i  # -9223372036854775808
          9223372036854775807u   # 9223372036854775807
          18446744073709551615u  # 18446744073709551615
          """)
  void numbersAreRead(String text, String value) {
    Collecting read = Collecting.of(reader, "a value=" + text);

    assertThat(read.refused).isEmpty();
    assertThat(read.metrics.get(0).value()).isInstanceOf(Number.class).hasToString(value);
  }

  @Test
  void everyNumberIsWhatJavaReads() {
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      double value =
          switch (i % 4) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20);
            case 2 -> Math.round(random.nextDouble() * 1e6) / 1e3;
            default -> random.nextLong();
          };
      if (Double.isFinite(value)) {
        Object read = Collecting.of(reader, "a value=" + value).metrics.get(0).value();
        assertThat(read).isEqualTo(value);
      }
    }
  }

  @Test
  void unsignedNumbersBeyondALongStayWhole() {
    assertThat(Collecting.of(reader, "a value=18446744073709551615u").metrics.get(0).value())
        .isEqualTo(new BigInteger("18446744073709551615"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      textBlock =
          """
          hello                    # column 6: expected a field, found the end of the line
          ,t=v value=1             # column 1: expected a measurement, found ","
          a                        # column 2: expected a field, found the end of the line
          a,t value=1              # column 4: expected = and a tag's value, found " "
          a,t= value=1             # column 5: expected a tag's value, found " "
          a,=v value=1             # column 3: expected a tag's name, found "=v"
          a,t=v=w value=1          # column 6: expected a blank or a comma after a tag's value, found "=w"
          a,t=v,t=w value=1        # column 2: expected each tag once, found one twice
          a, value=1               # column 3: expected a tag's name, found " "
          a value                  # column 8: expected = and a field's value, found the end of the line
          a value=                 # column 9: expected a number, true, false or a "string", found the end of the line
          a value= 5               # column 9: expected a number, true, false or a "string", found ""
          a value=NaN              # column 9: expected a number, true, false or a "string", found "NaN"
          a value=tru              # column 9: expected a number, true, false or a "string", found "tru"
          a value=1x               # column 9: expected a number, found "1x"
          a value=1.5i             # column 9: expected a number, found "1.5i"
          a value=1e               # column 9: expected a number, found "1e"
          a value=-                # column 9: expected a number, found "-"
          a value=-1u              # column 9: expected a number, found "-1u"
          a value=1e999            # column 9: expected a number that fits 64 bits, found "1e999"
          a value=99999999999999999999i # column 9: expected a number that fits 64 bits, found "99999999999999999999i"
          a value="open            # column 9: expected a quote at the string's end, found none
          a value="x"y             # column 12: expected a blank or a comma after a string, found "y"
          a value=1,               # column 11: expected a field, found the end of the line
          a value=1 now            # column 11: expected a timestamp as a whole number, found "now"
          a value=1 1.5            # column 11: expected a timestamp as a whole number, found "1.5"
          a value=1 99999999999999999999 # column 11: expected a timestamp that fits 64 bits, found "99999999999999999999"
          a value=1 9223372036854775808 # column 11: expected a timestamp that fits 64 bits, found "9223372036854775808"
          a value=1 -9223372036854775809 # column 11: expected a timestamp that fits 64 bits, found "-9223372036854775809"
          a value=1 -                # column 11: expected a timestamp as a whole number, found "-"
          a value=1 5 6            # column 13: expected the end of the line, found "6"
          """)
  void badLineIsRefusedAloneAndSaysWhere(String line, String reason) {
    Collecting read = Collecting.of(reader, "good value=1\n" + line + "\nalso value=2\n");

    assertThat(read.metrics).extracting(Metric::name).containsExactly("good", "also");
    assertThat(read.refused).containsExactly("line 2, " + reason);
  }

  @Test
  void whatIsNotTextIsRefusedAlone() {
    Collecting read =
        Collecting.of(
            reader,
            "good value=1\nä\u00ff value=1\nb value=\"\u00c3\u00a4\u00fe\"\nc\0 value=1\nd value=2"
                .getBytes(ISO_8859_1));

    assertThat(read.metrics).extracting(Metric::name).containsExactly("good", "d");
    assertThat(read.refused)
        .containsExactly(
            "line 2, column 1: expected UTF-8, found the byte 0xe4",
            "line 3, column 11: expected UTF-8, found the byte 0xfe",
            "line 4, column 2: expected text, found a NUL");
  }

  @Test
  void errorShowsLittleAndNothingThatATerminalActsOn() {
    Collecting read = Collecting.of(reader, "a value=\u001b[2J" + "x".repeat(100_000));

    assertThat(read.refused).hasSize(1);
    assertThat(read.refused.get(0))
        .hasSizeLessThan(120)
        .contains("found \"?[2Jxxx")
        .endsWith("…\"");
  }

  @Test
  void manyTagsAreRefused() {
    StringBuilder line = new StringBuilder("a");
    for (int i = 0; i < 257; i++) {
      line.append(",t").append(i).append("=v");
    }
    assertThat(Collecting.of(reader, line + " value=1").refused)
        .containsExactly("line 1, column 2: expected at most 256 tags, found more");
  }

  @ParameterizedTest
  @CsvSource({
    "1795225573,1795225573",
    "1795225573999,1795225573",
    "1795225573999999,1795225573",
    "1795225573999999999,1795225573",
    "-1,-1",
    "0,0",
    "99999999999,99999999999",
    "100000000000,100000000",
    "9223372036854775807,9223372036",
    "-9223372036854775808,-9223372037",
    "00000000001795225573,1795225573",
  })
  void pluginsTimestampsAreToldByTheirSize(String timestamp, long seconds) {
    assertThat(Collecting.of(reader, "a value=1 " + timestamp).metrics.get(0).timestamp())
        .isEqualTo(seconds);
  }

  @ParameterizedTest
  @CsvSource({
    "ns,1795225573999999999,1795225573",
    "n,1795225573999999999,1795225573",
    "us,1795225573999999,1795225573",
    "u,1795225573999999,1795225573",
    "ms,1795225573999,1795225573",
    "s,1795225573,1795225573",
    "m,29920426,1795225560",
    "h,498673,1795222800",
    "h,9223372036854775807,9223372036854775807",
    "ms,-1,-1",
  })
  void precisionSaysWhatATimestampCounts(String precision, long timestamp, long seconds) {
    LineProtocolReader fixed = new LineProtocolReader(TimePrecision.named(precision));

    assertThat(Collecting.of(fixed, "a value=1 " + timestamp).metrics.get(0).timestamp())
        .isEqualTo(seconds);
  }

  @Test
  void influxdbsOwnEncoderIsUnderstood() {
    Random random = new Random(3);
    for (int i = 0; i < 2_000; i++) {
      String tag = text(random, ",= \"äC:\\x#");
      String string = text(random, ",= \"\\ä\t'");
      double real = random.nextGaussian() * 1e6;
      long whole = random.nextLong();
      String measurement = text(random, ", =ä\"");
      Point point =
          Point.measurement(measurement)
              .time(1_795_225_573_123_456_789L, TimeUnit.NANOSECONDS)
              .tag("a b,c=", tag)
              .tag("z", "1")
              .addField("r e,a=l", real)
              .addField("whole", whole)
              .addField("text", string)
              .addField("yes", true)
              .build();

      Collecting read = Collecting.of(reader, point.lineProtocol());

      assertThat(read.refused).as(point.lineProtocol()).isEmpty();
      assertThat(read.metrics)
          .as(point.lineProtocol())
          .containsExactly(
              new Metric(
                  measurement,
                  1_795_225_573L,
                  Map.of("a b,c=", tag, "z", "1"),
                  Map.of("r e,a=l", real, "whole", whole, "text", string, "yes", true)));
    }
  }

  @Test
  void anythingIsReadOrRefusedLineByLine() {
    Random random = new Random(11);
    byte[] alphabet = "ab,= \"\\\n\r\t#10.-eitu\0\u00ff".getBytes(ISO_8859_1);
    for (int i = 0; i < 50_000; i++) {
      byte[] text = new byte[random.nextInt(30)];
      for (int at = 0; at < text.length; at++) {
        text[at] = alphabet[random.nextInt(alphabet.length)];
      }
      byte[] withGood = new byte[text.length + 13];
      System.arraycopy(text, 0, withGood, 0, text.length);
      // a string that the line before opened can't go on here: it would need another quote
      System.arraycopy("\ngood value=1".getBytes(UTF_8), 0, withGood, text.length, 13);

      Collecting read = Collecting.of(reader, withGood);

      assertThat(read.metrics).as(new String(text, ISO_8859_1)).isNotEmpty();
      assertThat(read.metrics.get(read.metrics.size() - 1).name()).isEqualTo("good");
    }
  }

  private static String text(Random random, String nasty) {
    StringBuilder text = new StringBuilder("x");
    for (int i = random.nextInt(10); i > 0; i--) {
      text.append(nasty.charAt(random.nextInt(nasty.length())));
    }
    return text.append('y').toString();
  }

  private static Map<String, Object> ordered(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }
}
