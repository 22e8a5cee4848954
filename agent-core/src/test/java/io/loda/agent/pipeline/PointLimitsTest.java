package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.plugin.Metric;
import io.loda.common.metric.PointLimits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What one point may have; and that one with very much of it costs no more than to refuse it. */
class PointLimitsTest {

  private final PointWriter writer =
      new PointWriter(
          List.of(new LineProtocolEncoder(false, 1)), () -> "vm", () -> Instant.ofEpochSecond(5));

  private String written(Metric metric) {
    return Point.written(writer, "", metric);
  }

  private static Map<String, String> tags(int count) {
    Map<String, String> tags = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      tags.put("t" + i, "v");
    }
    return tags;
  }

  private static Map<String, Object> fields(int count) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      fields.put("f" + i, (long) i);
    }
    return fields;
  }

  @Test
  void asManyTagsAndFieldsAsAllowedAreSentBesideTheHost() {
    String point =
        written(new Metric("m", 0, tags(PointLimits.MOST_TAGS), fields(PointLimits.MOST_FIELDS)));
    assertThat(point).contains(",host=vm,t0=v").contains("f1023=1023 ");
    assertThat(point.split("=v", -1)).hasSize(PointLimits.MOST_TAGS + 2);
  }

  @Test
  void oneMoreIsRefused() {
    assertThatThrownBy(() -> written(new Metric("m", 0, tags(257), 1)))
        .hasMessage("tags: expected at most 256, found more");
    assertThatThrownBy(() -> written(new Metric("m", 0, Map.of(), fields(1025))))
        .hasMessage("fields: expected at most 1024, found more");
  }

  @Test
  void aHundredThousandAreRefusedAndTheNextPointIsTaken() {
    assertThatThrownBy(() -> written(new Metric("m", 0, tags(200_000), fields(500_000))))
        .hasMessage("tags: expected at most 256, found more");
    assertThat(written(Metric.of("m", 1))).startsWith("m,host=vm value=1 ");
  }

  @Test
  void whatComesAgainTakesTheOldPlaceHoweverManyThereAre() {
    writer.reset("", name -> {});
    writer.begin();
    writer.name("m");
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < PointLimits.MOST_FIELDS; i++) {
        writer.number("f" + i, i + round);
      }
      for (int i = 0; i < PointLimits.MOST_TAGS; i++) {
        writer.tag("t" + i, "v" + round);
      }
    }
    writer.end();
    String point = new String(writer.encoded(0).array(), 0, writer.encoded(0).totalBytes(), UTF_8);
    assertThat(point).contains(" f0=2,f1=3,").contains("f1023=1025 ").contains(",t255=v2");
    assertThat(point.split(",t", -1)).hasSize(PointLimits.MOST_TAGS + 1);
  }

  @Test
  void tagsAreSortedInWhateverOrderTheyCome() {
    List<String> keys = new ArrayList<>(tags(200).keySet());
    Collections.shuffle(keys, new Random(7));
    writer.reset("", name -> {});
    writer.begin();
    writer.name("m");
    writer.number("value", 1);
    keys.forEach(key -> writer.tag(key, "v"));
    writer.end();
    String point = new String(writer.encoded(0).array(), 0, writer.encoded(0).totalBytes(), UTF_8);
    keys.add("host");
    assertThat(point.substring(0, point.indexOf(' ')).split(",", -1))
        .containsExactlyElementsOf(
            Stream.concat(
                    Stream.of("m"),
                    keys.stream().sorted().map(k -> k + (k.equals("host") ? "=vm" : "=v")))
                .toList());
  }

  @Test
  void longNamesAndValuesAreRefusedByTheirBytes() {
    String fits = "ä".repeat(PointLimits.LONGEST_BYTES / 2);
    assertThat(written(new Metric(fits, 0, Map.of(fits, fits), Map.of(fits, fits)))).contains(fits);
    String longer = fits + "x";
    for (Metric metric :
        List.of(
            Metric.of(longer, 1),
            new Metric("m", 0, Map.of(longer, "v"), 1),
            new Metric("m", 0, Map.of("t", longer), 1),
            new Metric("m", 0, Map.of(), Map.of(longer, 1)),
            new Metric("m", 0, Map.of(), Map.of("f", longer)))) {
      assertThatThrownBy(() -> written(metric))
          .hasMessageContaining("at most 65536 bytes for a name or a value, found more")
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(150));
    }
  }

  @Test
  void namesThatBecomeTheSameStayApartAndShort() {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < PointLimits.MOST_FIELDS; i++) {
      StringBuilder key = new StringBuilder();
      for (int bit = 0; bit < 10; bit++) {
        key.append((i >> bit & 1) == 1 ? '\\' : '/');
      }
      fields.put(key + "x", 1L);
    }
    String point = written(new Metric("m", 0, Map.of(), fields));
    String[] keys = point.split(" ", 3)[1].split(",", -1);
    assertThat(keys).hasSize(PointLimits.MOST_FIELDS).doesNotHaveDuplicates();
    assertThat(point).hasSizeLessThan(30_000).contains("//////////x_=1").contains("x_1023=1");
  }
}
