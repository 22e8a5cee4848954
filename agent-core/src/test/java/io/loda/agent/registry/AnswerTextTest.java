package io.loda.agent.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class AnswerTextTest {

  @Test
  void findsWhatAnAnswerSaysAndItsDataAsItStandsThere() throws IOException {
    AnswerText answer =
        of("{\"x\":[[{}]], \"data\": [ {\"a\":\"ä€\"}, 5 ] ,\"httpstatus\":200,\"msg\":\"m\"}", 2);
    assertThat(answer)
        .isEqualTo(new AnswerText(true, 200, "m", 2, answer.data()))
        .satisfies(it -> assertThat(it.data()).hasToString("[ {\"a\":\"ä€\"}, 5 ]"));
    assertThat(answer.isList()).isTrue();
    assertThat(of("{\"data\":null}", 2).data()).hasToString("null");
    assertThat(of("[1]", 2).whole()).isFalse();
    String large = "[" + "{\"a\":\"b\"},".repeat(9_999) + "{}]";
    assertThat(of("{\"data\":" + large + "}", 10_000).data()).hasToString(large);
    assertThat(ofList(" " + large + " ", 10_000).data()).hasToString(large);
  }

  @Test
  void refusesMoreThanItMayHold() {
    String many = "[" + "{},".repeat(30_000) + "{}]";
    for (String text : new String[] {many, "{\"data\":" + many + "}"}) {
      assertThatThrownBy(() -> of(text, 10_000))
          .hasMessage("expected at most 10000 items (registry.max-items), found more");
    }
    String one = "{\"data\":[{" + "\"a\":1,".repeat(100_000) + "\"b\":1}]}";
    assertThatThrownBy(() -> of(one, 10_000))
        .hasMessage("item 1: expected at most 2000 values, found more");
    assertThatThrownBy(() -> of("{\"data\":" + "[".repeat(100_000), 10_000))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> of("{} {}", 1)).hasMessageContaining("something after it");
  }

  private static AnswerText of(String text, int mostItems) throws IOException {
    return AnswerText.of(text.getBytes(UTF_8), mostItems);
  }

  private static AnswerText ofList(String text, int mostItems) throws IOException {
    return AnswerText.ofList(text.getBytes(UTF_8), mostItems);
  }
}
