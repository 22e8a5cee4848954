package io.loda.agent.delivery;

import io.loda.agent.point.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Splits a queued message that is larger than its output accepts. */
interface MessageSplit {

  /**
   * Returns the parts in order, each of at most {@code maxBytes} unless a single point is larger.
   * Returns the message alone when it can't be split.
   */
  List<Message> split(Message message, long maxBytes);

  /** Returns the split of a format; only {@code influx}, which has one point a line, is split. */
  static MessageSplit of(String format) {
    return format.equals("influx") ? MessageSplit::lines : (message, maxBytes) -> List.of(message);
  }

  private static List<Message> lines(Message message, long maxBytes) {
    byte[] body = message.body();
    List<Message> parts = new ArrayList<>();
    int start = 0;
    int end = 0;
    int points = 0;
    while (end < body.length) {
      int next = end == 0 ? 0 : end + 1;
      while (next < body.length && body[next] != '\n') {
        next++;
      }
      if (points > 0 && next - start > maxBytes) {
        parts.add(new Message(message.topic(), Arrays.copyOfRange(body, start, end), points));
        start = end + 1;
        points = 0;
      }
      end = next;
      points++;
    }
    parts.add(new Message(message.topic(), Arrays.copyOfRange(body, start, end), points));
    return parts;
  }
}
