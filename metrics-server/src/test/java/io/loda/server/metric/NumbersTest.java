package io.loda.server.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumbersTest {

  /** The right column is what Node.js printed. */
  @ParameterizedTest
  @CsvSource({
    "1.5, 1.5",
    "3.0, 3",
    "0.0, 0",
    "-1.50, -1.5",
    "12345678901, 12345678901",
    "1e21, 1e+21",
    "1e20, 100000000000000000000",
    "123456789012345678901234, 1.2345678901234569e+23",
    "1e-6, 0.000001",
    "1e-7, 1e-7",
    "1.5e-7, 1.5e-7",
    "0.1, 0.1",
    "2e-3, 0.002",
    "5e-324, 5e-324",
    "2.2250738585072014e-308, 2.2250738585072014e-308",
    "1.7976931348623157e308, 1.7976931348623157e+308",
    "9007199254740993, 9007199254740992",
    "2.0e22, 2e+22",
    "-0, -0"
  })
  void writesAGaugeAsJavaScriptDoes(String in, String out) {
    assertThat(new Metric(new MetricId(Kind.GAUGE, "a"), Numbers.bits(Kind.GAUGE, in)).number())
        .isEqualTo(out);
  }

  @Test
  void aGaugesBitsComeBack() {
    Random random = new Random(7);
    for (int i = 0; i < 200_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        assertThat(Numbers.bits(Kind.GAUGE, Numbers.text(value)))
            .isEqualTo(Double.doubleToRawLongBits(value));
      }
    }
  }

  @Test
  void upToThreeDecimalsComeBackLetterByLetter() {
    Random random = new Random(8);
    for (int i = 0; i < 100_000; i++) {
      String text = random.nextInt(1_000_000_000) + "." + (1 + random.nextInt(9));
      assertThat(Numbers.text(Double.parseDouble(text))).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NaN",
        "Inf",
        "Infinity",
        "-Infinity",
        "0x1p4",
        "1_000",
        "1d",
        "1f",
        " 1",
        "1 ",
        "+1",
        "١",
        "1e999",
        "-1e999",
        "\"1\"",
        "",
        "-",
        ".5",
        "5.",
        "01",
        "1e",
        "1,5",
        "null"
      })
  void refusesWhatIsNoGauge(String text) {
    assertThatThrownBy(() -> Numbers.bits(Kind.GAUGE, text))
        .isInstanceOf(BadMetric.class)
        .hasMessageStartingWith("value: expected a finite number");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.0",
        "+1",
        "1e2",
        "9223372036854775808",
        "-9223372036854775809",
        "",
        "x",
        "1L",
        "٣",
        "00"
      })
  void refusesWhatIsNoCounter(String text) {
    assertThatThrownBy(() -> Numbers.bits(Kind.COUNTER, text))
        .isInstanceOf(BadMetric.class)
        .hasMessageStartingWith("delta: expected a whole number");
  }

  @Test
  void takesACountersEnds() {
    assertThat(Numbers.bits(Kind.COUNTER, "-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
    assertThat(Numbers.bits(Kind.COUNTER, "9223372036854775807")).isEqualTo(Long.MAX_VALUE);
  }
}
