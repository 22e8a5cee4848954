package io.loda.agent.delivery.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkerTaskTest {

  private final AtomicInteger begun = new AtomicInteger();

  @Test
  void oneThatThrewIsDoneWhenItIsAskedForAgain() {
    WorkerTask task =
        new WorkerTask(
            Runnable::run,
            () -> {
              if (begun.incrementAndGet() == 1) {
                throw new OutOfMemoryError("Cannot reserve direct buffer memory");
              }
            });
    assertThatThrownBy(task::run).isInstanceOf(OutOfMemoryError.class);

    task.run();

    assertThat(begun).hasValue(2);
  }

  @Test
  void oneThatNobodyTookIsDoneWhenItIsAskedForAgain() {
    AtomicInteger asked = new AtomicInteger();
    WorkerTask task =
        new WorkerTask(
            work -> {
              if (asked.incrementAndGet() == 1) {
                throw new RejectedExecutionException();
              }
              work.run();
            },
            begun::incrementAndGet);
    assertThatThrownBy(task::run).isInstanceOf(RejectedExecutionException.class);

    task.run();

    assertThat(begun).hasValue(1);
  }
}
