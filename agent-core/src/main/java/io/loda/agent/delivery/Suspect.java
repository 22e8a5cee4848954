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
 * A message on which the server closed the connection without an error. It is sent alone from then
 * on. When the server closes three more times in a row, the message is sent in halves, and so on; a
 * part that can't be halved is refused. After a refusal nothing else is refused until the server
 * acknowledges something: a server that closes on everything costs one point, not the queue. One
 * thread.
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

  /** Returns whether there is a suspect: then nothing else may be in flight. */
  boolean exists() {
    return whole != null;
  }

  /** Returns whether the message is the suspect. */
  boolean is(Message message) {
    return whole != null
        && whole.topic().equals(message.topic())
        && Arrays.equals(whole.body(), message.body());
  }

  /** Returns the part to send next; empty: none is left. */
  Optional<Message> part() {
    return Optional.ofNullable(left.peek());
  }

  /** Notes that the part was acknowledged. */
  void partTaken(int points) {
    left.remove();
    takenPoints += points;
    times = 0;
    mayRefuse = true;
  }

  /** Forgets the suspect, and returns how many of its points were acknowledged. */
  int end() {
    whole = null;
    return takenPoints;
  }

  /**
   * Notes that a message was acknowledged; if it was another one, the suspect has left the queue.
   */
  void taken(Message message) {
    mayRefuse = true;
    if (!is(message)) {
      whole = null;
    }
  }

  /**
   * Notes that the oldest message in flight has failed.
   *
   * @return the part to refuse; empty: none
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
