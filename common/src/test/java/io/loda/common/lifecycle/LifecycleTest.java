package io.loda.common.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LifecycleTest {

  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration SHORT = Duration.ofMillis(500);

  private final Vertx vertx = Vertx.vertx();
  private final Logger logger = (Logger) LoggerFactory.getLogger(Lifecycle.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final Promise<Void> never = Promise.promise();
  private final CountDownLatch blocked = new CountDownLatch(1);

  @BeforeEach
  void listen() {
    log.list = new CopyOnWriteArrayList<>();
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void end() {
    blocked.countDown();
    logger.detachAppender(log);
    waitFor(vertx.close());
  }

  @Test
  void partsStartInOrderAndCloseInReverse() {
    Lifecycle lifecycle = lifecycle(LONG, LONG, "a", "b", "c");

    waitFor(lifecycle.start());
    waitFor(lifecycle.close());

    assertThat(seen).containsExactly("start a", "start b", "start c", "c", "b", "a");
    assertThat(log.list).isEmpty();
  }

  @Test
  void aCloseIsDoneOnce() {
    Lifecycle lifecycle = lifecycle(LONG, LONG, "a");
    waitFor(lifecycle.start());

    waitFor(lifecycle.close());
    waitFor(lifecycle.close());

    assertThat(seen).containsExactly("start a", "a");
  }

  @Test
  void aFailedStartClosesWhatHadStarted() {
    Lifecycle lifecycle = lifecycle(LONG, LONG, "a", "b");
    lifecycle.add("bad", () -> Future.failedFuture(new IOException("no disk")), () -> says("bad"));
    lifecycle.add("after", () -> says("start after"), () -> says("after"));

    Future<Void> start = ended(lifecycle.start());

    assertThat(start.cause()).isInstanceOf(IOException.class).hasMessage("no disk");
    assertThat(seen).containsExactly("start a", "start b", "b", "a");
  }

  @Test
  void aStartThatThrowsFails() {
    Lifecycle lifecycle = lifecycle(LONG, LONG, "a");
    lifecycle.add(
        "bad",
        () -> {
          throw new IllegalStateException("thrown");
        },
        () -> says("bad"));

    assertThat(ended(lifecycle.start()).cause()).hasMessage("thrown");
    assertThat(seen).containsExactly("start a", "a");
  }

  @Test
  void aStartThatHangsFailsAndIsClosedOnceItHasEnded() {
    Lifecycle lifecycle = lifecycle(SHORT, SHORT, "a");
    lifecycle.add("slow", never::future, () -> says("slow"));

    Future<Void> start = ended(lifecycle.start());

    assertThat(start.cause()).hasMessageStartingWith("slow: timeout, the start took more than");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(seen).containsExactly("start a", "a"));
    never.complete();
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(seen).containsExactly("start a", "a", "slow"));
  }

  @Test
  void aStartThatBlocksItsThreadHangsNobody() {
    Lifecycle lifecycle = lifecycle(SHORT, SHORT, "a");
    lifecycle.add("blocking", this::blocks, () -> says("blocking"));

    assertThat(ended(lifecycle.start()).cause()).hasMessageStartingWith("blocking: timeout");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(seen).containsExactly("start a", "a"));
  }

  @Test
  void aCloseDuringTheStartClosesWhatHasStartedAndStartsNoMore() {
    Lifecycle lifecycle = lifecycle(LONG, LONG, "a");
    lifecycle.add(
        "slow",
        () -> {
          seen.add("start slow");
          return never.future();
        },
        () -> says("slow"));
    lifecycle.add("after", () -> says("start after"), () -> says("after"));
    Future<Void> start = lifecycle.start();
    await().atMost(Duration.ofSeconds(60)).until(() -> seen.contains("start slow"));

    Future<Void> close = lifecycle.close();
    never.complete();
    waitFor(close);

    assertThat(ended(start).cause()).hasMessage("closed during the start");
    assertThat(seen).containsExactly("start a", "start slow", "slow", "a");
  }

  @Test
  void aCloseThatFailsOrThrowsKeepsNoOther() {
    Lifecycle lifecycle = lifecycle(LONG, LONG, "a");
    lifecycle.closing("failing", () -> Future.failedFuture(new IOException("no disk")));
    lifecycle.closing(
        "throwing",
        () -> {
          throw new IllegalStateException("thrown");
        });

    waitFor(lifecycle.start());
    waitFor(lifecycle.close());

    assertThat(seen).containsExactly("start a", "a");
    assertThat(messages())
        .containsExactly(
            "throwing: close failed: java.lang.IllegalStateException: thrown",
            "failing: close failed: no disk");
  }

  @Test
  void aCloseThatHangsKeepsNoOtherAndIsNamed() {
    Lifecycle lifecycle = lifecycle(LONG, SHORT, "a");
    lifecycle.closing("hanging", never::future);
    lifecycle.closing("blocking", this::blocks);

    waitFor(lifecycle.start());
    waitFor(lifecycle.close());

    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(seen).containsExactly("start a", "a"));
    assertThat(messages())
        .anySatisfy(first -> assertThat(first).startsWith("blocking: close timeout after"))
        .anySatisfy(second -> assertThat(second).startsWith("hanging: close timeout after"))
        .last(STRING)
        .startsWith("stop: timeout after 500 ms, not closed: blocking, hanging");
  }

  @Test
  void aCloseThatEndsAfterItsTurnIsWaitedForAndSaid() {
    // of the ten minutes all but one second are kept for the verticle, which takes none of it
    Lifecycle lifecycle = new Lifecycle(vertx, LONG, LONG);
    lifecycle.verticles(
        "first",
        LONG.minusSeconds(1),
        List.of(
            new VerticleBase() {
              @Override
              public Future<?> stop() {
                return says("first");
              }
            }));
    lifecycle.closing("late", never::future);
    waitFor(lifecycle.start());

    Future<Void> close = lifecycle.close();
    await().atMost(Duration.ofSeconds(60)).until(() -> seen.contains("first"));
    assertThat(close.isComplete()).isFalse();
    never.fail("no answer");
    waitFor(close);

    assertThat(messages())
        .satisfiesExactly(
            first -> assertThat(first).startsWith("late: close timeout after"),
            second ->
                assertThat(second).startsWith("late: close failed late").endsWith("no answer"));
  }

  @Test
  void whatIsKeptForAPartIsLeftForIt() {
    Lifecycle lifecycle = new Lifecycle(vertx, LONG, LONG);
    Duration kept = LONG.minusSeconds(1);
    List<Duration> left = new CopyOnWriteArrayList<>();
    lifecycle.verticles(
        "first",
        kept,
        List.of(
            new VerticleBase() {
              @Override
              public Future<?> stop() {
                left.add(lifecycle.timeLeft());
                never.complete();
                return Future.succeededFuture();
              }
            }));
    lifecycle.closing("hanging", never::future);

    waitFor(lifecycle.start());
    waitFor(lifecycle.close());

    assertThat(left).singleElement().matches(time -> time.compareTo(kept.minusMinutes(5)) > 0);
  }

  @Test
  void moreThanTheStopCannotBeKept() {
    Lifecycle lifecycle = new Lifecycle(vertx, LONG, SHORT);

    assertThatThrownBy(() -> lifecycle.verticles("a", LONG, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aVerticleThatDoesNotStartTakesThoseBesideItWithIt() {
    Lifecycle lifecycle = new Lifecycle(vertx, LONG, LONG);
    lifecycle.verticles(
        "two",
        SHORT,
        List.of(
            new VerticleBase() {
              @Override
              public Future<?> stop() {
                return says("one");
              }
            },
            new VerticleBase() {
              @Override
              public Future<?> start() {
                return Future.failedFuture("no port");
              }
            }));

    assertThat(ended(lifecycle.start()).cause()).hasMessage("no port");
    assertThat(seen).containsExactly("one");
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  private Lifecycle lifecycle(Duration longestStart, Duration longestStop, String... names) {
    Lifecycle lifecycle = new Lifecycle(vertx, longestStart, longestStop);
    for (String name : names) {
      lifecycle.add(name, () -> says("start " + name), () -> says(name));
    }
    return lifecycle;
  }

  private Future<?> says(String what) {
    seen.add(what);
    return Future.succeededFuture();
  }

  private Future<?> blocks() {
    try {
      blocked.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Future.succeededFuture();
  }

  private List<String> messages() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static void waitFor(Future<Void> future) {
    future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static Future<Void> ended(Future<Void> future) {
    await().atMost(Duration.ofSeconds(60)).until(future::isComplete);
    return future;
  }
}
