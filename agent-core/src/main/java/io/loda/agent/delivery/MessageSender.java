package io.loda.agent.delivery;

import io.loda.agent.output.ClosedException;
import io.loda.agent.output.Output;
import io.loda.agent.output.RefusedException;
import io.loda.agent.point.Message;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Gives messages to the output, whole or in parts, and finds the points that it will never take:
 * these are counted as refused and kept aside. One thread.
 *
 * <p>A message that is larger than the output takes is split. One on which the server closed the
 * connection without an error is a suspect: it is sent alone from then on. When the server closes
 * three more times in a row, it is sent in halves, and so on; a part that can't be halved is
 * refused. After a refusal nothing else is refused until the server acknowledges something: a
 * server that closes on everything costs one point, not the queue.
 */
final class MessageSender {

  private static final int TIMES = 3;

  private static final String CLOSED_ON =
      "the server closed the connection on it three times, sent alone";

  private final String name;
  private final Output output;
  private final MessageSplit split;
  private final RefusedMessages aside;
  private final Discards discards;
  private final LongAdder refusedPoints = new LongAdder();

  private @Nullable Message suspect;

  /** The suspect's parts that aren't sent yet. */
  private final Deque<Message> left = new ArrayDeque<>();

  private int takenPoints;
  private int times;
  private boolean mayRefuse = true;

  MessageSender(
      String name, Output output, MessageSplit split, RefusedMessages aside, Discards discards) {
    this.name = name;
    this.output = output;
    this.split = split;
    this.aside = aside;
    this.discards = discards;
  }

  /** Returns the points that were refused; any thread. */
  long refusedPoints() {
    return refusedPoints.sum();
  }

  /** Returns the most messages that may be in flight: a suspect is alone. */
  int maxInFlight() {
    return suspect == null ? output.maxInFlight() : 1;
  }

  /** Sends a message; succeeds with the number of acknowledged points, the others were refused. */
  Future<Integer> send(Message message) {
    return (isSuspect(message) ? sendLeft() : sendWhole(message))
        .onSuccess(
            points -> {
              if (points > 0) {
                mayRefuse = true;
                // whatever the suspect was, it has left the queue
                suspect = null;
              }
            });
  }

  private boolean isSuspect(Message message) {
    Message known = suspect;
    return known != null
        && known.topic().equals(message.topic())
        && Arrays.equals(known.body(), message.body());
  }

  private Future<Integer> sendLeft() {
    Message part = left.peek();
    if (part == null) {
      suspect = null;
      return Future.succeededFuture(takenPoints);
    }
    return sendWhole(part)
        .compose(
            points -> {
              left.remove();
              takenPoints += points;
              times = 0;
              mayRefuse = true;
              return sendLeft();
            });
  }

  private Future<Integer> sendWhole(Message message) {
    List<Message> parts = parts(message);
    if (parts.size() > 1) {
      return sendAll(parts);
    }
    return output
        .send(message)
        .map(message.points())
        .recover(
            e -> {
              if (!(e instanceof RefusedException refusal)) {
                return Future.failedFuture(e);
              }
              // the output may have learned its limit from the refusal
              List<Message> smaller = parts(message);
              if (smaller.size() > 1) {
                return sendAll(smaller);
              }
              refused(message, String.valueOf(refusal.getMessage()));
              return Future.succeededFuture(0);
            });
  }

  private List<Message> parts(Message message) {
    long max = output.maxMessageBytes();
    return message.body().length > max ? split.split(message, max) : List.of(message);
  }

  /** Sends the parts in turn; when one fails, the whole message is retried. */
  private Future<Integer> sendAll(List<Message> parts) {
    Future<Integer> sum = Future.succeededFuture(0);
    for (Message part : parts) {
      sum = sum.compose(before -> sendWhole(part).map(points -> before + points));
    }
    return sum;
  }

  private void refused(Message message, String reason) {
    refusedPoints.add(message.points());
    discards.count("refused", message.topic(), message.points(), "output " + name + ": " + reason);
    aside.keep(name, message, reason);
  }

  /** Notes that the oldest message in flight has failed. */
  void failed(Message oldest, Throwable reason) {
    if (!(reason instanceof ClosedException)) {
      times = 0;
    } else if (!isSuspect(oldest)) {
      suspect = oldest;
      left.clear();
      left.add(oldest);
      takenPoints = 0;
      times = 0;
    } else if (++times == TIMES) {
      times = 0;
      halve();
    }
  }

  private void halve() {
    Message part = left.remove();
    List<Message> halves = split.split(part, part.body().length / 2);
    if (halves.size() == 1 && mayRefuse) {
      mayRefuse = false;
      refused(part, CLOSED_ON);
      return;
    }
    for (int i = halves.size() - 1; i >= 0; i--) {
      left.addFirst(halves.get(i));
    }
  }
}
