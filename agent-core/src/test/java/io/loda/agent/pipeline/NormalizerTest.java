package io.loda.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.plugin.Metric;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormalizerTest {

  private static final long NOW = 1_795_225_573L;

  private final Normalizer normalizer =
      new Normalizer(() -> "vm", () -> Instant.ofEpochSecond(NOW));

  @Test
  void putsThePrefixBeforeTheName() {
    assertThat(normalizer.normalize("PLUGIN.demo.", Metric.of("answer", 42)).measurement())
        .isEqualTo("PLUGIN.demo.answer");
  }

  @Test
  void tagsWithTheHost() {
    assertThat(normalizer.normalize("", Metric.of("m", 1)).tags()).isEqualTo(Map.of("host", "vm"));
  }

  @Test
  void keepsAHostThatTheMetricBrings() {
    assertThat(normalizer.normalize("", Metric.of("m", 1, "host", "db1")).tags())
        .isEqualTo(Map.of("host", "db1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "\t"})
  void replacesAnEmptyHost(String host) {
    assertThat(normalizer.normalize("", Metric.of("m", 1, "host", host)).tags())
        .isEqualTo(Map.of("host", "vm"));
  }

  @Test
  void trimsTagValuesAndJoinsThemWithDashes() {
    Metric metric = new Metric("m", 0, Map.of("a", "  b c\td\ne  ", "empty", " ", " key ", "x"), 1);
    assertThat(normalizer.normalize("", metric).tags())
        .isEqualTo(Map.of("a", "b-c-d-e", "host", "vm", "key", "x"));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 999_999_999, 10_000_000_001L, 1_795_225_573_000L})
  void stampsWhatHasNoSensibleTime(long timestamp) {
    assertThat(normalizer.normalize("", new Metric("m", timestamp, Map.of(), 1)).timestamp())
        .isEqualTo(NOW);
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000_000_000, 1_700_000_000, 10_000_000_000L})
  void keepsASensibleTime(long timestamp) {
    assertThat(normalizer.normalize("", new Metric("m", timestamp, Map.of(), 1)).timestamp())
        .isEqualTo(timestamp);
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
      assertThatThrownBy(() -> normalizer.normalize("", new Metric("m", 0, Map.of(), value)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("value: expected");
    }
  }

  @Test
  void refusesAMetricWithoutAName() {
    assertThatThrownBy(() -> normalizer.normalize("PLUGIN.x.", Metric.of(" ", 1)))
        .hasMessageStartingWith("name: expected");
  }
}
