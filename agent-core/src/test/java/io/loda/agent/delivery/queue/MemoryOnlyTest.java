package io.loda.agent.delivery.queue;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.entries;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.delivery.Points;
import io.loda.agent.delivery.spool.QueuedMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The queue without a disk. */
class MemoryOnlyTest extends QueueContract {

  @Override
  MessageQueue create() {
    return new MessageQueue(
        "queue", config("memory", 4 * MIB, 0), null, Runnable::run, dropped, nanos::get);
  }

  @Override
  long memoryBytes() {
    return 4 * MIB;
  }

  /** Each topic has objects of its own, which count while one of its messages may be dropped. */
  @Test
  void whatComesBackMakesRoomForItself() {
    List<QueuedMessage> taken = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      queue.add(List.of(Points.of("topic" + i, i, 10)), 0);
      taken.add(Objects.requireNonNull(queue.take()));
    }
    for (int i = 1_000; dropped.total() == 0; i++) {
      queue.add(List.of(Points.of("topic" + i, i, 10)), 0);
    }
    queue.back(taken);
    assertThat(queue.amount().memoryBytes()).isLessThanOrEqualTo(4 * MIB);
  }

  @Test
  void aFlushFailsWhileAnythingWaits() {
    assertThat(queue.flush().succeeded()).isTrue();
    queue.add(entries(0, 2, 100), 0);
    QueuedMessage taken = Objects.requireNonNull(queue.take());
    assertThat(queue.flush().failed()).isTrue();
    assertThat(queue.unsavedPoints()).isEqualTo(2);
    queue.done(taken);
    assertThat(queue.unsavedPoints()).isEqualTo(1);
    assertThat(queue.stored().succeeded()).isTrue();
  }
}
