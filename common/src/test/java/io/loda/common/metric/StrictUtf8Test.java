package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class StrictUtf8Test {

  private static final long SEED = 20_261_126;
  private static final int[] EDGES = {
    0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xaf, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed,
    0xee, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff
  };

  @Test
  void takesWhatJavasDecoderTakes() {
    Random random = new Random(SEED);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[1 + random.nextInt(6)];
      for (int at = 0; at < bytes.length; at++) {
        bytes[at] = (byte) EDGES[random.nextInt(EDGES.length)];
      }
      assertThat(StrictUtf8.firstBad(bytes, 0, bytes.length) < 0)
          .as(() -> new String(bytes, ISO_8859_1))
          .isEqualTo(isUtf8(bytes));
    }
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static MetricSink nobody() {
    return (MetricSink)
        Proxy.newProxyInstance(
            MetricSink.class.getClassLoader(),
            new Class<?>[] {MetricSink.class},
            (proxy, method, arguments) -> {
              throw new AssertionError(method);
            });
  }

  @Test
  void anOverlongSlashIsNoSlash() {
    byte[] json = "[{\"name\":\"a\u00c0\u00afb\",\"value\":1}]".getBytes(ISO_8859_1);
    assertThatIOException()
        .isThrownBy(
            () -> new JsonMetricReader().read(json, 0, json.length, nobody(), refused -> {}))
        .withMessage("expected a JSON list of metrics, found no UTF-8: byte 0xc0 at 11");
  }
}
