package io.loda.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.plugin.Metric;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PointWriterTest {

  private static final long NOW = 1_795_225_573L;

  private final PointWriter writer =
      new PointWriter(
          List.of(new LineProtocolEncoder(false, 1)), () -> "vm", () -> Instant.ofEpochSecond(NOW));

  private String written(Metric metric) {
    return Point.written(writer, "", metric);
  }

  @Test
  void putsThePrefixBeforeTheName() {
    assertThat(Point.written(writer, "PLUGIN.demo.", Metric.of("answer", 42)))
        .startsWith("PLUGIN.demo.answer,");
  }

  @Test
  void tagsWithTheHost() {
    assertThat(written(Metric.of("m", 1))).startsWith("m,host=vm ");
  }

  @Test
  void keepsAHostThatTheMetricBrings() {
    assertThat(written(Metric.of("m", 1, "host", "db1"))).startsWith("m,host=db1 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "\t"})
  void replacesAnEmptyHost(String host) {
    assertThat(written(Metric.of("m", 1, "host", host))).startsWith("m,host=vm ");
  }

  @Test
  void trimsTagValuesAndJoinsThemWithDashesAndSortsThem() {
    Metric metric =
        new Metric("m", 0, Map.of("z", "  b c\td\ne  ", "empty", " ", " key ", "x", "a", "1"), 1);
    assertThat(written(metric)).startsWith("m,a=1,host=vm,key=x,z=b-c-d-e ");
  }

  @Test
  void ofNamesThatBecomeOneTheSameWinsInEachRun() {
    for (int i = 0; i < 64; i++) {
      String name = "t" + i;
      Metric metric = new Metric("m", 0, Map.of(name, "1", " " + name, "2"), 1);
      assertThat(written(metric)).contains("," + name + "=1 ");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 999_999_999, 10_000_000_001L, 1_795_225_573_000L})
  void stampsWhatHasNoSensibleTime(long timestamp) {
    assertThat(written(new Metric("m", timestamp, Map.of(), 1))).endsWith(" " + NOW);
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000_000_000, 1_700_000_000, 10_000_000_000L})
  void keepsASensibleTime(long timestamp) {
    assertThat(written(new Metric("m", timestamp, Map.of(), 1))).endsWith(" " + timestamp);
  }

  @Test
  void writesNumbersWithTheFewestDigits() {
    Map<Object, String> numbers =
        Map.ofEntries(
            Map.entry(42, "42"),
            Map.entry(42.0, "42"),
            Map.entry(-0.5, "-0.5"),
            Map.entry(0.1f, "0.1"),
            Map.entry(0.3, "0.3"),
            Map.entry(-1234.567891, "-1234.567891"),
            Map.entry(100.000001, "100.000001"),
            Map.entry(0.1 + 0.2, "0.30000000000000004"),
            Map.entry(1e-7, "1.0E-7"),
            Map.entry(1e300, "1.0E300"),
            Map.entry(123456789012.25, "1.2345678901225E11"),
            Map.entry(Long.MIN_VALUE, "-9223372036854775808"),
            Map.entry(Long.MAX_VALUE, "9223372036854775807"));
    numbers.forEach(
        (number, text) ->
            assertThat(written(new Metric("m", NOW, Map.of(), number)))
                .isEqualTo("m,host=vm value=" + text + " " + NOW));
  }

  @Test
  void readsEveryNumberBackAsItWas() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      double number =
          switch (random.nextInt(3)) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> random.nextInt(1_000_000_000) / Math.pow(10, random.nextInt(9));
            default -> random.nextGaussian() * Math.pow(10, random.nextInt(12));
          };
      if (Double.isFinite(number)) {
        String line = written(new Metric("m", NOW, Map.of(), number));
        String text =
            line.substring(line.indexOf('=', line.indexOf(' ')) + 1, line.lastIndexOf(' '));
        // compared as numbers, for -0.0 is written as 0
        assertThat(Double.parseDouble(text) == number).as("seed %d: %s", seed, line).isTrue();
      }
    }
  }

  @Test
  void refusesWhatNoDatabaseTakes() {
    for (Object value :
        List.of(
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            List.of(1),
            Map.of("a", 1))) {
      assertThatThrownBy(() -> written(new Metric("m", 0, Map.of(), value)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("value: expected");
    }
  }

  @Test
  void refusesAMetricWithoutAName() {
    assertThatThrownBy(() -> Point.written(writer, "PLUGIN.x.", Metric.of(" ", 1)))
        .hasMessageStartingWith("name: expected");
  }
}
