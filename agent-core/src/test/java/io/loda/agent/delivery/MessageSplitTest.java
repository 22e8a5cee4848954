package io.loda.agent.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.point.Message;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageSplitTest {

  private static List<String> split(String format, String body, int points, long maxBytes) {
    List<Message> parts =
        MessageSplit.of(format).split(new Message("topic", body.getBytes(UTF_8), points), maxBytes);
    assertThat(parts).allMatch(part -> part.topic().equals("topic"));
    assertThat(parts.stream().mapToInt(Message::points).sum()).isEqualTo(points);
    return parts.stream().map(part -> new String(part.body(), UTF_8)).toList();
  }

  @Test
  void linesAreSplitAtTheirEnds() {
    assertThat(split("influx", "aa\nbb\ncc\ndd", 4, 5)).containsExactly("aa\nbb", "cc\ndd");
    assertThat(split("influx", "aa\nbb\ncc", 3, 4)).containsExactly("aa", "bb", "cc");
    assertThat(split("influx", "aa\nbb\ncc", 3, 8)).containsExactly("aa\nbb\ncc");
  }

  @Test
  void aPointThatIsTooLargeStandsAlone() {
    assertThat(split("influx", "a\nbbbbbbbb\nc\nd", 4, 3)).containsExactly("a", "bbbbbbbb", "c\nd");
  }

  @Test
  void whatIsNotMadeOfLinesStaysWhole() {
    assertThat(split("loda-json", "{\n}", 2, 1)).containsExactly("{\n}");
  }
}
