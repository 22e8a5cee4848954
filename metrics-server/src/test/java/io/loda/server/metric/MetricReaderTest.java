package io.loda.server.metric;

import static io.loda.server.metric.Metric.counter;
import static io.loda.server.metric.Metric.gauge;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricReaderTest {

  @Test
  void readsMetrics() {
    assertThat(metric("{\"value\":1.5,\"id\":\"a\",\"type\":\"gauge\"}"))
        .isEqualTo(gauge("a", 1.5));
    assertThat(metric(" {\"id\":\"a\",\"type\":\"counter\",\"delta\":-3} \n"))
        .isEqualTo(counter("a", -3));
  }

  @Test
  void ignoresUnknownFieldsAndTheOtherNumber() {
    assertThat(
            metric(
                "{\"id\":\"a\",\"type\":\"gauge\",\"delta\":\"x\",\"value\":1,\"more\":{\"id\":[1]}}"))
        .isEqualTo(gauge("a", 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"id\":\"\",\"type\":\"gauge\",\"value\":1} | expected a name",
        "{\"id\":\" \",\"type\":\"gauge\",\"value\":1} | expected a name",
        "{\"type\":\"gauge\",\"value\":1} | expected a name",
        "{\"id\":null,\"type\":\"gauge\",\"value\":1} | id: expected a string, found null",
        "{\"id\":1,\"type\":\"gauge\",\"value\":1} | id: expected a string",
        "{\"id\":\"a\\n\",\"type\":\"gauge\",\"value\":1} | control characters",
        "{\"id\":\"\\ud800\",\"type\":\"gauge\",\"value\":1} | control characters",
        "{\"id\":\"a\",\"value\":1} | type: expected gauge or counter, found nothing",
        "{\"id\":\"a\",\"type\":\"Gauge\",\"value\":1} | type: expected gauge or counter",
        "{\"id\":\"a\",\"type\":\"gauge\"} | value: expected a finite number",
        "{\"id\":\"a\",\"type\":\"gauge\",\"value\":null} | value: expected a finite number",
        "{\"id\":\"a\",\"type\":\"gauge\",\"value\":\"1\"} | value: expected a finite number",
        "{\"id\":\"a\",\"type\":\"gauge\",\"value\":1e999} | value: expected a finite number",
        "{\"id\":\"a\",\"type\":\"gauge\",\"value\":NaN} | body: expected JSON",
        "{\"id\":\"a\",\"type\":\"gauge\",\"value\":+1} | body: expected JSON",
        "{\"id\":\"a\",\"type\":\"gauge\",\"delta\":1} | value: expected a finite number",
        "{\"id\":\"a\",\"type\":\"counter\",\"value\":1} | delta: expected a whole number",
        "{\"id\":\"a\",\"type\":\"counter\",\"delta\":1.0} | delta: expected a whole number",
        "{\"id\":\"a\",\"id\":\"a\",\"type\":\"gauge\",\"value\":1} | Duplicate",
        "{\"id\":\"a\",\"type\":\"gauge\",\"value\":1} x | body:",
        "{\"id\":\"a\",\"type\":\"gauge\",\"value\":1}{} | nothing after the JSON",
        "{\"id\":\"a\",\"type\":\"gauge\",\"value\":1 | body: expected JSON",
        "[] | expected a metric",
        "null | expected a metric",
        "'' | expected a metric"
      })
  void refusesWhatIsNoMetric(String json, String why) {
    assertThatThrownBy(() -> metric(json)).isInstanceOf(BadMetric.class).hasMessageContaining(why);
  }

  @Test
  void namesTheItemThatIsWrong() {
    String good = "{\"id\":\"a\",\"type\":\"counter\",\"delta\":1}";
    assertThat(list("[" + good + "," + good + "]")).hasSize(2);
    assertThatThrownBy(() -> list("[" + good + ",{\"id\":\"b\",\"type\":\"counter\"}]"))
        .hasMessage("item 2: \"b\": delta: expected a whole number of 64 bits, found nothing");
    assertThatThrownBy(() -> list("[" + good + ",null]"))
        .hasMessageStartingWith("item 2: expected");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{}", "", "null", "[", "[[]]"})
  void refusesWhatIsNoList(String json) {
    assertThatThrownBy(() -> list(json)).isInstanceOf(BadMetric.class);
  }

  @Test
  void refusesDeepAndLongOnes() {
    assertThatThrownBy(() -> list("[".repeat(8 << 20))).isInstanceOf(BadMetric.class);
    assertThatThrownBy(
            () -> metric("{\"id\":\"a\",\"type\":\"gauge\",\"x\":" + "[".repeat(100_000)))
        .isInstanceOf(BadMetric.class);
    assertThatThrownBy(
            () -> metric("{\"id\":\"" + "a".repeat(257) + "\",\"type\":\"gauge\",\"value\":1}"))
        .hasMessageContaining("at most 256 bytes");
    assertThatThrownBy(
            () -> metric("{\"id\":\"a\",\"type\":\"gauge\",\"value\":" + "1".repeat(100_000) + "}"))
        .isInstanceOf(BadMetric.class);
  }

  @Test
  void refusesWhatIsNoUtf8() {
    byte[] latin = "{\"id\":\"ä\",\"type\":\"gauge\",\"value\":1}".getBytes(ISO_8859_1);
    assertThatThrownBy(() -> MetricReader.metric(latin, latin.length))
        .hasMessageContaining("expected UTF-8");
    String json = "{\"id\":\"a\",\"type\":\"gauge\",\"value\":1}";
    for (byte[] other : new byte[][] {json.getBytes(UTF_16BE), ("\ufeff" + json).getBytes(UTF_8)}) {
      assertThatThrownBy(() -> MetricReader.metric(other, other.length))
          .hasMessageContaining("UTF-8 without a mark");
    }
  }

  @Test
  void readsWhichMetricIsAskedFor() {
    byte[] json = "{\"id\":\"a\",\"type\":\"counter\"}".getBytes(UTF_8);
    assertThat(MetricReader.id(json, json.length)).isEqualTo(new MetricId(Kind.COUNTER, "a"));
  }

  private static Metric metric(String json) {
    byte[] bytes = json.getBytes(UTF_8);
    return MetricReader.metric(bytes, bytes.length);
  }

  private static java.util.List<Metric> list(String json) {
    byte[] bytes = json.getBytes(UTF_8);
    return MetricReader.list(bytes, bytes.length);
  }

  @Test
  void aNameOfBlanksOnlyIsRefusedWhateverBlanksTheyAre() {
    for (String name : new String[] {"", " ", "\u00a0", "\u2003\u2028"}) {
      assertThatThrownBy(() -> new MetricId(Kind.GAUGE, name)).isInstanceOf(BadMetric.class);
    }
    assertThat(new MetricId(Kind.GAUGE, "a\u00a0b").name()).isEqualTo("a\u00a0b");
  }
}
