package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonMetricReaderTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      textBlock =
          """
          1                     # 1
          -9223372036854775808  # -9223372036854775808
          9223372036854775808   # 9.223372036854776E18
          1.5                   # 1.5
          1e3                   # 1000.0
          true                  # true
          "text"                # text
          """)
  void valueIsANumberABooleanOrAString(String json, String value) throws Exception {
    assertThat(one(json).value()).hasToString(value);
  }

  @Test
  void whatIsLeftOutIsNowAndWithoutTags() throws Exception {
    assertThat(one("1")).isEqualTo(new Metric("a", 0, Map.of(), 1L));
  }

  @Test
  void tagsAreTextAndNullIsNone() throws Exception {
    Metric metric =
        Collecting.ofJson(
                "[{\"name\":\"a\",\"value\":1,\"timestamp\":1.7e9,\"tags\":{\"s\":\"x\",\"n\":1,\"b\":true,\"z\":null},\"more\":[]}]"
                    .getBytes(UTF_8))
            .metrics
            .get(0);

    assertThat(metric)
        .isEqualTo(new Metric("a", 1_700_000_000, Map.of("s", "x", "n", "1", "b", "true"), 1L));
  }

  @ParameterizedTest
  @CsvSource({
    "1795225573,1795225573",
    "1795225573.9,1795225573",
    "1795225573999,1795225573",
    "1795225573999.5,1795225573",
    "1795225573999999,1795225573",
    "1795225573000999999,1795225573",
    "1795225573999999999,1795225573",
    "1.795225573e18,1795225573",
    "0,0",
    "99999999999,99999999999",
    "100000000000,100000000",
    "99999999999999,99999999999",
    "100000000000000,100000000",
    "99999999999999999,99999999999",
    "100000000000000000,100000000",
    "9223372036854775807,9223372036",
    "9223372036854775808,9223372036",
    "9300000000999999999,9300000000",
    "10000000000000000000,10000000000",
    "99999999999999999999,99999999999",
    "100000000000000000000,9223372036854775807",
    "1e30,9223372036854775807",
    "1e999,9223372036854775807",
    "-1,-1",
    "-1e30,-9223372036854775808",
    "NaN,0",
    "Infinity,9223372036854775807",
  })
  void timestampsAreToldByTheirSizeAsInLineProtocol(String timestamp, long seconds)
      throws Exception {
    String item = "{\"name\":\"a\",\"value\":1,\"timestamp\":" + timestamp + "}";

    assertThat(Collecting.ofJson(("[" + item + "]").getBytes(UTF_8)).metrics)
        .containsExactly(new Metric("a", seconds, Map.of(), 1L));
    assertThat(Collecting.of(new NdjsonReader(), item).metrics)
        .containsExactly(new Metric("a", seconds, Map.of(), 1L));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      textBlock =
          """
          {"name":"","value":1}                     # name: expected a string, found an empty string
          {"name":1,"value":1}                      # name: expected a string, found a number
          {"name":"a","value":null}                 # value: expected a number, true, false or a string, found null
          {"name":"a","value":1,"tags":{"t":[]}}    # tags.t: expected a string, found a list
          {"name":"a","value":1,"timestamp":true}   # timestamp: expected seconds as a number, found true
          []                                        # expected an object, found a list
          {"name":"a","value":NaN}                  # value: expected a finite number, found NaN
          {"name":"a","value":-Infinity}            # value: expected a finite number, found -Infinity
          {"name":"a","value":1e999}                # value: expected a number that fits 64 bits
          {"name":"a","value":[[[[{"value":1}]]]]}  # value: expected a number, true, false or a string, found a list
          """)
  void badItemIsRefusedAlone(String item, String reason) throws Exception {
    Collecting parsed =
        Collecting.ofJson(("[{\"name\":\"good\",\"value\":1}," + item + "]").getBytes(UTF_8));

    assertThat(parsed.metrics).hasSize(1);
    assertThat(parsed.refused).containsExactly("item 2: " + reason);
  }

  @Test
  void bytesThatAreNoTextCostTheirItem() throws Exception {
    Collecting parsed =
        Collecting.ofJson(
            ("[{\"name\":\"\u00c3\u00a4\u00ef\u00bf\u00bd\",\"value\":1},{\"name\":\"b\",\"value\":1,\"tags\":{\"t\":\"\u00ff\u00fe\"}},"
                    + "{\"name\":\"c\",\"value\":1}]")
                .getBytes(ISO_8859_1));

    assertThat(parsed.metrics).extracting(Metric::name).containsExactly("ä\ufffd", "c");
    assertThat(parsed.refused).containsExactly("item 2: expected UTF-8, found the byte 0xff");
  }

  @Test
  void bytesThatAreNoTextCostOnlyTheItemThatTheyAreIn() throws Exception {
    String good = "{\"name\":\"\u00c3\u00a4\",\"value\":1}";
    Collecting parsed =
        Collecting.ofJson(
            ("[\"\u00ff\","
                    + good
                    + ",{\"more\":[\"\u00c3\"]},{\"\u00e2\u0082\":1,\"n\":{}},"
                    + good
                    + "]")
                .getBytes(ISO_8859_1));

    assertThat(parsed.metrics).extracting(Metric::name).containsExactly("ä", "ä");
    assertThat(parsed.refused)
        .containsExactly(
            "item 1: expected UTF-8, found the byte 0xff",
            "item 3: expected UTF-8, found the byte 0xc3",
            "item 4: expected UTF-8, found the byte 0xe2");
  }

  @Test
  void aListBehindOtherBytesIsRead() throws Exception {
    byte[] json = "\u00ff, [{\"name\":\"a\"},{\"name\":\"\u00fe\"},1] \u00ff".getBytes(ISO_8859_1);
    Collecting collecting = new Collecting();
    JsonMetricReader.ofOutput()
        .read(json, 3, json.length - 5, new MetricBuilder(collecting::metric), collecting::refused);

    assertThat(collecting.refused)
        .containsExactly(
            "item 1: value: expected a number, true, false or a string, found nothing",
            "item 2: expected UTF-8, found the byte 0xfe",
            "item 3: expected an object, found a number");
  }

  @Test
  void wideCharactersAreNoText() {
    assertThatThrownBy(() -> Collecting.ofJson("[]".getBytes(UTF_16LE)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found no JSON");
  }

  @Test
  void longNumberCostsItsItemAndLittleTime() throws Exception {
    String digits = "9".repeat(1_000_000);
    Collecting parsed =
        Collecting.ofJson(
            ("[{\"name\":\"a\",\"value\":"
                    + digits
                    + "},{\"name\":\"b\",\"value\":0."
                    + digits
                    + "},{\"name\":\"c\",\"value\":1,\"timestamp\":"
                    + digits
                    + ",\"more\":"
                    + digits
                    + ",\"tags\":{\"t\":"
                    + digits.substring(0, 10_000)
                    + "}}]")
                .getBytes(UTF_8));

    assertThat(parsed.metrics).extracting(Metric::name).containsExactly("c");
    assertThat(parsed.refused)
        .containsExactly(
            "item 1: value: expected a number that fits 64 bits",
            "item 2: value: expected a number that fits 64 bits");
  }

  @Test
  void nothingIsNoList() {
    assertThatThrownBy(() -> Collecting.ofJson(new byte[0]))
        .isInstanceOf(IOException.class)
        .hasMessage("expected a JSON list of metrics, found nothing");
  }

  @Test
  void errorSaysWhere() {
    assertThatThrownBy(() -> Collecting.ofJson("[\n {\"name\" 1}]".getBytes(UTF_8)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found no JSON at line 2, column ");
  }

  private static Metric one(String value) throws IOException {
    return Collecting.ofJson(("[{\"name\":\"a\",\"value\":" + value + "}]").getBytes(UTF_8))
        .metrics
        .get(0);
  }

  @Test
  void anItemWithTooManyOrTooLongTagsCostsItself() throws IOException {
    StringBuilder tags = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      tags.append(i == 0 ? "" : ",").append("\"t").append(i).append("\":\"v\"");
    }
    String longText = "x".repeat(70_000);
    Collecting parsed =
        Collecting.ofJson(
            ("[{\"name\":\"a\",\"value\":1,\"tags\":{"
                    + tags
                    + "}},{\"name\":\"b\",\"value\":1,\"tags\":{\"t\":\""
                    + longText
                    + "\"}},{\"name\":\"c\",\"value\":\""
                    + longText
                    + "\"},{\"name\":\""
                    + longText
                    + "\",\"value\":1},{\"name\":\"good\",\"value\":1}]")
                .getBytes(UTF_8));

    assertThat(parsed.metrics).extracting(Metric::name).containsExactly("good");
    assertThat(parsed.refused)
        .hasSize(4)
        .contains("item 1: tags: expected at most 256, found more")
        .allSatisfy(reason -> assertThat(reason).hasSizeLessThan(200).endsWith("found more"));
  }
}
