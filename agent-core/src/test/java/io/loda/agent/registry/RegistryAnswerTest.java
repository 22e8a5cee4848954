package io.loda.agent.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.loda.agent.assignment.ItemList;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RegistryAnswerTest {

  @Test
  void findsWhatAnAnswerSaysAndItsItemsAsTheyStandThere() throws IOException {
    RegistryAnswer answer =
        of("{\"x\":[[{}]], \"data\": [ {\"a\":\"ä€\"}, 5 ] ,\"httpstatus\":200,\"msg\":\"m\"}", 2);
    assertThat(answer.whole()).isTrue();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.message()).isEqualTo("m");
    assertThat(answer.found()).isEqualTo("[ {\"a\":\"ä€\"}, 5 ]");
    assertThat(answer.items()).hasToString(answer.found());
    assertThat(Objects.requireNonNull(answer.items()).count()).isEqualTo(2);
    assertThat(of("{\"data\":null}", 2).found()).isEqualTo("null");
    assertThat(of("{\"data\":{\"a\":\"b\",\"c\":{},\"d\":null}}", 3).texts())
        .isEqualTo(Map.of("a", "b", "c", "", "d", ""));
    assertThat(of("[1]", 2).whole()).isFalse();
    String large = "[" + "{\"a\":\"b\"},".repeat(9_999) + "{}]";
    assertThat(of("{\"data\":" + large + "}", 10_000).items()).hasToString(large);
    assertThat(list(" " + large + " ", 10_000)).hasToString(large);
  }

  @Test
  void refusesMoreThanItMayHold() {
    String many = "[" + "{},".repeat(30_000) + "{}]";
    String tooMany = "expected at most 10000 items (registry.max-items), found more";
    assertThatThrownBy(() -> list(many, 10_000)).hasMessage(tooMany);
    assertThatThrownBy(() -> of("{\"data\":" + many + "}", 10_000)).hasMessage(tooMany);
    assertThatThrownBy(() -> of("{\"data\":{\"a\":\"b\",\"c\":\"d\"}}", 1))
        .hasMessage(tooMany.replace("10000", "1"));
    String one = "{\"data\":[{" + "\"a\":1,".repeat(100_000) + "\"b\":1}]}";
    assertThatThrownBy(() -> of(one, 10_000))
        .hasMessage("item 1: expected at most 2000 values, found more");
    String text = "[{\"a\":\"" + "x".repeat(2 << 20) + "\"}]";
    assertThatThrownBy(() -> list(text, 1)).isInstanceOf(JsonProcessingException.class);
    assertThatThrownBy(() -> of("{\"data\":" + "[".repeat(100_000), 10_000))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> of("{} {}", 1)).hasMessageContaining("something after it");
  }

  private static RegistryAnswer of(String text, int mostItems) throws IOException {
    return RegistryAnswer.of(text.getBytes(UTF_8), mostItems);
  }

  private static ItemList list(String text, int mostItems) throws IOException {
    return ItemList.of(text.getBytes(UTF_8), mostItems);
  }
}
