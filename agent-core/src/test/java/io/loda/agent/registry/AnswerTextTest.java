package io.loda.agent.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class AnswerTextTest {

  @Test
  void findsWhatAnAnswerSaysAndItsDataAsItStandsThere() throws IOException {
    AnswerText answer =
        AnswerText.of(
            "{\"x\":[[{}]], \"data\": [ {\"a\":\"ä€\"}, 5 ] ,\"httpstatus\":200,\"msg\":\"m\"}", 2);
    assertThat(answer).isEqualTo(new AnswerText(true, 200, "m", 2, "[ {\"a\":\"ä€\"}, 5 ]"));
    assertThat(answer.isList()).isTrue();
    assertThat(AnswerText.of("{\"data\":null}", 2).data()).isEqualTo("null");
    assertThat(AnswerText.of("[1]", 2).whole()).isFalse();
    String large = "[" + "{\"a\":\"b\"},".repeat(9_999) + "{}]";
    assertThat(AnswerText.of("{\"data\":" + large + "}", 10_000).data()).isEqualTo(large);
    assertThat(AnswerText.ofList(" " + large + " ", 10_000).data()).isEqualTo(large);
  }

  @Test
  void refusesMoreThanItMayHold() {
    String many = "[" + "{},".repeat(30_000) + "{}]";
    for (String text : new String[] {many, "{\"data\":" + many + "}"}) {
      assertThatThrownBy(() -> AnswerText.of(text, 10_000))
          .hasMessage("expected at most 10000 items (registry.max-items), found more");
    }
    String one = "{\"data\":[{" + "\"a\":1,".repeat(100_000) + "\"b\":1}]}";
    assertThatThrownBy(() -> AnswerText.of(one, 10_000))
        .hasMessage("item 1: expected at most 2000 values, found more");
    assertThatThrownBy(() -> AnswerText.of("{\"data\":" + "[".repeat(100_000), 10_000))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> AnswerText.of("{} {}", 1)).hasMessageContaining("something after it");
  }
}
