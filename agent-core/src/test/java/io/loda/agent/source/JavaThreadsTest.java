package io.loda.agent.source;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Threads on a host that now and then gives none. */
class JavaThreadsTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  private final Vertx vertx = Vertx.vertx();
  private volatile boolean none = true;
  private final JavaThreads threads = new JavaThreads(vertx, this::thread);

  private Thread thread(Runnable task) {
    if (none) {
      throw new OutOfMemoryError("unable to create native thread");
    }
    return new Thread(task);
  }

  @AfterEach
  void close() throws Exception {
    threads.close();
    await(vertx.close());
  }

  @Test
  void whatNoThreadIsGivenForIsCalledOnceOneIs() throws Exception {
    Future<String> call = threads.call("it", LONG, () -> "called");
    assertThat(call.isComplete()).isFalse();

    none = false;

    assertThat(await(call)).isEqualTo("called");
  }

  @Test
  void withoutThreadsCallsFailInTimeAndTakeNoPlace() throws Exception {
    List<Future<String>> calls = new ArrayList<>();
    for (int i = 0; i < JavaThreads.AT_ONCE + JavaThreads.MOST_ASIDE + 1; i++) {
      calls.add(threads.call("it", Duration.ofMillis(1), () -> "called"));
    }
    for (Future<String> call : calls) {
      assertThat(failure(call))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the system gave no thread for it: unable to create native thread");
    }

    none = false;

    assertThat(await(threads.call("it", LONG, () -> "called"))).isEqualTo("called");
  }
}
