package io.loda.common.metric;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldTextTest {

  @Test
  void meansWhatInfluxDbReads() {
    assertThat(FieldText.meaning("5")).isEqualTo(5.0);
    assertThat(FieldText.meaning("-1.5e3")).isEqualTo(-1500.0);
    assertThat(FieldText.meaning("007")).isEqualTo(7.0);
    assertThat(FieldText.meaning("5i")).isEqualTo(5L);
    assertThat(FieldText.meaning("-9223372036854775808i")).isEqualTo(Long.MIN_VALUE);
    assertThat(FieldText.meaning("true")).isEqualTo(true);
    assertThat(FieldText.meaning("F")).isEqualTo(false);
    assertThat(FieldText.meaning("\"\"")).isEqualTo("");
    assertThat(FieldText.meaning("\"a \\\"b\\\" \\\\ \\n\"")).isEqualTo("a \"b\" \\ \\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "5 ",
        " 5",
        "text",
        "tRuE",
        "yes",
        "5u",
        "5x",
        "1.2.3",
        "1e999",
        "-",
        "NaN",
        "+5",
        "0x10",
        "99999999999999999999i",
        "\"",
        "\"a",
        "a\"",
        "\"a\"b\"",
        "\"a\\\"",
        "\"a\" "
      })
  void meansNothingElse(String text) {
    assertThat(FieldText.meaning(text)).isNull();
  }
}
