package io.loda.agent.source.script.run;

import static java.lang.Thread.State.BLOCKED;
import static java.lang.Thread.State.RUNNABLE;
import static java.lang.Thread.State.WAITING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.source.script.ScriptRuns;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunThreadsTest {

  private final Vertx vertx = Vertx.vertx();
  private final RunThreads threads = new RunThreads(vertx);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void end() {
    release.countDown();
    threads.close(() -> null);
    ScriptRuns.await(vertx.close());
  }

  private Void waits() throws InterruptedException {
    release.await();
    return null;
  }

  @Test
  void closeWaitsForWhatIsUnderWayAndThenDoesItsLastWork() {
    Future<Void> underWay = threads.call(this::waits);
    AtomicBoolean underWayEnded = new AtomicBoolean();

    Future<Void> closed =
        threads.close(
            () -> {
              underWayEnded.set(underWay.isComplete());
              return null;
            });
    assertThat(closed.isComplete()).isFalse();
    release.countDown();

    ScriptRuns.await(closed);
    assertThat(underWayEnded).isTrue();
  }

  @Test
  void nothingBeginsOnceItIsClosed() {
    AtomicBoolean begun = new AtomicBoolean();
    ScriptRuns.await(threads.close(() -> null));

    Future<Void> refused =
        threads.call(
            () -> {
              begun.set(true);
              return null;
            });

    assertThat(refused.succeeded()).isTrue();
    assertThat(threads.begin()).isNull();
    assertThat(begun).isFalse();
  }

  /** A stop doesn't wait for ever: what hangs may end when Vert.x has gone. */
  @Test
  void whatEndsAfterVertxEndsQuietly() {
    List<Throwable> uncaught = Collections.synchronizedList(new ArrayList<>());
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
    try {
      CompletableFuture<Thread> thread = new CompletableFuture<>();
      threads.call(
          () -> {
            thread.complete(Thread.currentThread());
            return waits();
          });
      thread.join();
      threads.close(() -> null);
      ScriptRuns.await(vertx.close());

      release.countDown();

      // it has ended, or is idle
      await()
          .atMost(ScriptRuns.DEADLINE)
          .until(() -> !Set.of(RUNNABLE, BLOCKED, WAITING).contains(thread.join().getState()));
      assertThat(uncaught).isEmpty();
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }
}
