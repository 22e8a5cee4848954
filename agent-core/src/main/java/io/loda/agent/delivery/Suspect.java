package io.loda.agent.delivery;

import io.loda.agent.output.ClosedException;
import io.loda.agent.point.Message;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message on which its server closed the connection, saying nothing: it is sent alone. When the
 * server closes on it three times more in a row it is sent in halves, and so on; what can't be
 * halved is refused. After that nothing more is refused until the server has taken something: one
 * that closes on everything costs one point, not all that waits. One thread.
 */
final class Suspect {

  private static final int TIMES = 3;

  private final MessageSplit split;
  private @Nullable Message whole;
  private final Deque<Message> left = new ArrayDeque<>();
  private int takenPoints;
  private int times;
  private boolean mayRefuse = true;

  Suspect(MessageSplit split) {
    this.split = split;
  }

  /** Whether there is one, so that nothing else is to be under way beside it. */
  boolean exists() {
    return whole != null;
  }

  /** Whether this is it. */
  boolean is(Message message) {
    return whole != null
        && whole.topic().equals(message.topic())
        && Arrays.equals(whole.body(), message.body());
  }

  /** What of it is to be sent next; empty: nothing is left. */
  Optional<Message> part() {
    return Optional.ofNullable(left.peek());
  }

  /** The part was taken. */
  void partTaken(int points) {
    left.remove();
    takenPoints += points;
    times = 0;
    mayRefuse = true;
  }

  /** Nothing is left of it: how many of its points were taken. */
  int end() {
    whole = null;
    return takenPoints;
  }

  /** A message was taken; where it was another, the suspect has gone from the queue. */
  void taken(Message message) {
    mayRefuse = true;
    if (!is(message)) {
      whole = null;
    }
  }

  /**
   * The oldest of what was under way has failed.
   *
   * @return what is to be refused for it
   */
  Optional<Message> failed(Message oldest, Throwable reason) {
    if (!(reason instanceof ClosedException)) {
      times = 0;
      return Optional.empty();
    }
    if (!is(oldest)) {
      whole = oldest;
      left.clear();
      left.add(oldest);
      takenPoints = 0;
      times = 0;
      return Optional.empty();
    }
    if (++times < TIMES) {
      return Optional.empty();
    }
    times = 0;
    return halve();
  }

  private Optional<Message> halve() {
    Message part = left.element();
    List<Message> halves = split.split(part, part.body().length / 2);
    if (halves.size() > 1) {
      left.remove();
      for (int i = halves.size() - 1; i >= 0; i--) {
        left.addFirst(halves.get(i));
      }
      return Optional.empty();
    }
    if (!mayRefuse) {
      return Optional.empty();
    }
    mayRefuse = false;
    return Optional.of(left.remove());
  }
}
