package io.loda.agent.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.point.Message;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every output does. */
abstract class OutputContract {

  static final String TOPIC = "collect.contract";
  private static final Duration LONG = Duration.ofSeconds(60);

  final Vertx vertx = Vertx.vertx();
  private OnLoop output;

  /** A new output, not started. */
  abstract Output create() throws Exception;

  /** What the other side has of {@link #TOPIC} so far. */
  abstract List<String> received() throws Exception;

  /** The other side takes nothing, and says so or isn't there. */
  abstract void away() throws Exception;

  /** The other side takes nothing, and says nothing. */
  abstract void stall() throws Exception;

  /** After either. */
  abstract void back() throws Exception;

  @BeforeEach
  final void start() throws Exception {
    output = new OnLoop(vertx, create());
  }

  @AfterEach
  final void close() {
    OnLoop.get(output.close());
    OnLoop.get(vertx.close());
  }

  private static Message message(String body) {
    return new Message(TOPIC, body.getBytes(UTF_8), 1);
  }

  private void sendUntilTaken(String body) {
    await()
        .atMost(LONG)
        .until(
            () -> {
              Future<Void> sent = output.send(message(body));
              await().atMost(LONG).until(sent::isComplete);
              assertThat(sent.cause() instanceof RefusedException).isFalse();
              return sent.succeeded();
            });
  }

  @Test
  void whatItTookArrivesUnchangedAndInOrder() throws Exception {
    OnLoop.get(output.start());
    List<String> bodies = new ArrayList<>();
    List<Future<Void>> sent = new ArrayList<>();
    for (int i = 0; i < output.maxInFlight(); i++) {
      String body = i + " äöü \\ \" \t 日本 " + "x".repeat(i * 100);
      bodies.add(body);
      sent.add(output.send(message(body)));
    }
    OnLoop.get(Future.all(sent));
    await().untilAsserted(() -> assertThat(received()).containsExactlyElementsOf(bodies));
  }

  @Test
  void takesItsLargestMessage() throws Exception {
    OnLoop.get(output.start());
    int size = (int) Math.min(output.maxMessageBytes(), 1 << 20);
    OnLoop.get(output.send(message("y".repeat(size))));
    await().until(() -> received().stream().anyMatch(body -> body.length() == size));
  }

  @Test
  void startsAndKeepsWhileTheOtherSideIsAway() throws Exception {
    away();
    OnLoop.get(output.start());
    Future<Void> sent = output.send(message("one"));
    await().atMost(LONG).until(sent::isComplete);
    assertThat(sent.failed()).isTrue();
    assertThat(sent.cause()).isNotInstanceOf(RefusedException.class).hasMessageMatching("..+");
    back();
    sendUntilTaken("one");
    await().until(() -> received().contains("one"));
  }

  @Test
  void takesTheSameMessageAgainAfterABreak() throws Exception {
    OnLoop.get(output.start());
    OnLoop.get(output.send(message("before")));
    away();
    Future<Void> sent = output.send(message("meanwhile"));
    await().atMost(LONG).until(sent::isComplete);
    assertThat(sent.cause()).isNotInstanceOf(RefusedException.class);
    back();
    sendUntilTaken("meanwhile");
    await().until(() -> received().contains("meanwhile"));
  }

  @Test
  void anOtherSideThatStallsHoldsUpNoEventLoop() throws Exception {
    OnLoop.get(output.start());
    OnLoop.get(output.send(message("before")));
    stall();
    Future<Void> sent = output.send(message("z".repeat(5000)));
    output.turn().get(LONG.toSeconds(), TimeUnit.SECONDS);
    assertThat(sent.isComplete()).isFalse();
    back();
    await().atMost(LONG).until(sent::isComplete);
  }

  @Test
  void closesTwiceAndTakesNothingAfterwards() throws Exception {
    OnLoop.get(output.start());
    OnLoop.get(output.send(message("before")));
    OnLoop.get(output.close());
    OnLoop.get(output.close());
    Future<Void> late = output.send(message("late"));
    await().until(late::isComplete);
    assertThat(late.failed()).isTrue();
    assertThat(late.cause()).isNotInstanceOf(RefusedException.class);
  }

  @Test
  void closesWhileAMessageIsUnderWay() throws Exception {
    OnLoop.get(output.start());
    OnLoop.get(output.send(message("before")));
    stall();
    Future<Void> sent = output.send(message("under way"));
    output.turn().get(LONG.toSeconds(), TimeUnit.SECONDS);
    Future<Void> closed = output.close();
    await().until(closed::isComplete);
    back();
    await().atMost(LONG).until(sent::isComplete);
  }
}
