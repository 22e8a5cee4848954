package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplacingInputTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8000})
  void readsEachByteThatIsNoCharacterAsTheReplacement(int piece) {
    byte[] bytes = {
      '<',
      'a',
      (byte) 0xe9,
      (byte) 0xc3,
      (byte) 0xa9,
      (byte) 0xc0,
      (byte) 0xaf,
      'z',
      (byte) 0xe2,
      '>'
    };
    ReplacingInput input = new ReplacingInput(bytes, 1, bytes.length - 1);
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    byte[] into = new byte[piece + 1];
    for (int n = input.read(into, 1, piece); n >= 0; n = input.read(into, 1, piece)) {
      read.write(into, 1, n);
    }

    assertThat(read.toString(UTF_8)).isEqualTo("a\ufffd\u00e9\ufffd\ufffdz\ufffd");
    assertThat(input.read()).isNegative();
  }
}
