package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.plugin.Metric;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NdjsonReaderTest {

  private final NdjsonReader reader = new NdjsonReader();

  @Test
  void eachLineIsAMetric() {
    Collecting read =
        Collecting.of(
            reader,
            "{\"name\":\"a\",\"value\":1,\"tags\":{\"t\":\"ä\"},\"timestamp\":5}\n\n \r\n"
                + "{\"value\":true,\"name\":\"b\"}\r\n{\"name\":\"c\",\"value\":1.5}");

    assertThat(read.refused).isEmpty();
    assertThat(read.metrics)
        .containsExactly(
            new Metric("a", 5, Map.of("t", "ä"), 1L),
            new Metric("b", 0, Map.of(), true),
            new Metric("c", 0, Map.of(), 1.5));
  }

  @Test
  void badLineIsRefusedAloneAndSaysWhere() {
    Collecting read =
        Collecting.of(
            reader,
            """
            {"name":"good","value":1}
            {"name":"a","val
            {"name":"a"}
            [{"name":"a","value":1}]
            {"name":"a","value":1} {"name":"b","value":1}
            {"name":"a","value":NaN}
            {"name":"also","value":2}
            """);

    assertThat(read.metrics).extracting(Metric::name).containsExactly("good", "also");
    assertThat(read.refused)
        .hasSize(5)
        .satisfies(
            refused -> {
              assertThat(refused.get(0))
                  .startsWith("line 2, column ")
                  .contains("expected a JSON metric, found no JSON: Unexpected end-of-input");
              assertThat(refused.get(1))
                  .isEqualTo(
                      "line 3: value: expected a number, true, false or a string, found nothing");
              assertThat(refused.get(2)).isEqualTo("line 4: expected an object, found a list");
              assertThat(refused.get(3))
                  .isEqualTo(
                      "line 5, column 24: expected the end of the line after a metric, found an"
                          + " object");
              assertThat(refused.get(4))
                  .isEqualTo("line 6: value: expected a finite number, found NaN");
            });
  }

  @Test
  void placeIsSaidInOneWay() {
    assertThat(Collecting.of(reader, "{\n").refused)
        .containsExactly(
            "line 1, column 2: expected a JSON metric, found no JSON: Unexpected end-of-input:"
                + " expected close marker for Object (start marker at line: 1, column: 1)");
  }

  @Test
  void whatIsNotTextIsRefusedAlone() {
    Collecting read =
        Collecting.of(
            reader,
            "{\"name\":\"\u00ff\",\"value\":1}\n{\"name\":\"good\",\"value\":1}\n\0"
                .getBytes(ISO_8859_1));

    assertThat(read.metrics).extracting(Metric::name).containsExactly("good");
    assertThat(read.refused)
        .containsExactly(
            "line 1, column 10: expected UTF-8, found the byte 0xff",
            "line 3, column 1: expected text, found a NUL");
  }
}
