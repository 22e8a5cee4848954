package io.loda.agent.output.nsq;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.output.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a b", "a/b", "é", "a\nPUB b", "#ephemeral", "a#ephemeral#ephemeral", "a#x"})
  void refusesWhatNsqdWould(String topic) {
    assertThatThrownBy(() -> Topics.check(topic, true)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> Topics.check("x".repeat(65), true)).hasMessageContaining("1 to 64");
  }

  @Test
  void takesEphemeralTopicsOnlyWhereTheyAreAllowed() {
    assertThatCode(() -> Topics.check("a#ephemeral", true)).doesNotThrowAnyException();
    assertThatThrownBy(() -> Topics.check("a#ephemeral", false))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("allow-ephemeral");
    assertThatCode(() -> Topics.check("a-B_9.c" + "x".repeat(57), false))
        .doesNotThrowAnyException();
  }
}
