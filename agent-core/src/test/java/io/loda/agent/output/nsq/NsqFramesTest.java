package io.loda.agent.output.nsq;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NsqFramesTest {

  private final List<String> said = new ArrayList<>();

  private final NsqFrames frames =
      new NsqFrames(
          new NsqFrames.Listener() {
            @Override
            public void frame(int type, Buffer data) {
              said.add(type + data.toString());
            }

            @Override
            public void garbage(String reason) {
              said.add(reason);
            }
          });

  private static Buffer frame(int type, String data) {
    return Buffer.buffer().appendInt(4 + data.length()).appendInt(type).appendString(data);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 8, 9, 13, 1000})
  void cutsFramesHoweverTheyCome(int chunk) {
    Buffer all =
        frame(0, "OK")
            .appendBuffer(frame(1, "E_X y"))
            .appendBuffer(frame(0, ""))
            .appendBuffer(frame(0, "_heartbeat_"));
    for (int at = 0; at < all.length(); at += chunk) {
      frames.handle(all.getBuffer(at, Math.min(all.length(), at + chunk)));
    }
    assertThat(said).containsExactly("0OK", "1E_X y", "0", "0_heartbeat_");
  }

  @Test
  void saysOnceWhatCannotBeAFrame() {
    frames.handle(frame(0, "OK").appendString("SSH-2.0-OpenSSH_9.2\r\n"));
    frames.handle(frame(0, "OK"));
    assertThat(said)
        .containsExactly(
            "0OK", "it says \"SSH-2.0-OpenSSH_9.2..\": is it an nsqd, and its TCP port?");
  }

  @Test
  void aMessageOrAnUnknownTypeIsNoneForAPublisher() {
    frames.handle(frame(2, "a message"));
    assertThat(said).singleElement().asString().endsWith("is it an nsqd, and its TCP port?");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 3, 65 * 1024, Integer.MAX_VALUE})
  void aSizeThatCannotBeIsNotWaitedFor(int size) {
    frames.handle(Buffer.buffer().appendInt(size).appendInt(0));
    assertThat(said).hasSize(1);
  }
}
