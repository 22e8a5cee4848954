package io.loda.agent.delivery.queue;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.drain;
import static io.loda.agent.delivery.Points.entries;
import static io.loda.agent.delivery.Points.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.delivery.Points;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds wherever messages wait. The queue takes 4 MiB, in memory or on disk. */
abstract class QueueContract {

  final AtomicLong nanos = new AtomicLong();
  final Counters counters = new Counters();
  final Dropped dropped = new Dropped("queue", new Discards(counters, nanos::get));
  private final AtomicInteger told = new AtomicInteger();

  @SuppressWarnings("NullAway.Init")
  MessageQueue queue;

  abstract MessageQueue create() throws Exception;

  /** {@code delivery.memory}. */
  abstract long memoryBytes();

  /** What was added is brought where this kind of queue keeps it. */
  void settle() throws Exception {}

  @BeforeEach
  void start() throws Exception {
    queue = create();
    queue.start(told::incrementAndGet);
  }

  /** A lock that is left held is in the way of whoever gets its file's number next. */
  @AfterEach
  void close() {
    queue.close();
  }

  private void add(int from, int to, int bytes) {
    queue.add(entries(from, to, bytes), 0);
  }

  @Test
  void keepsTheOrder() throws Exception {
    add(0, 10, 100);
    add(10, 20, 100);
    settle();
    assertThat(drain(queue)).isEqualTo(range(0, 20));
    assertThat(queue.take()).isNull();
    assertThat(queue.amount().points()).isZero();
    assertThat(queue.amount().memoryBytes()).isZero();
  }

  @Test
  void keepsTheSameBytes() throws Exception {
    List<QueuedMessage> entries = entries(0, 1, 100);
    queue.add(entries, 0);
    settle();
    QueuedMessage taken = Objects.requireNonNull(queue.take());
    assertThat(taken.message().body()).isEqualTo(entries.get(0).message().body());
    assertThat(taken.message().topic()).isEqualTo("topic0");
    assertThat(taken.message().points()).isOne();
  }

  @Test
  void tellsWhoeverSends() throws Exception {
    add(0, 1, 100);
    settle();
    assertThat(told.get()).isPositive();
  }

  @Test
  void whatIsTakenWaitsUntilItIsDone() throws Exception {
    add(0, 2, 100);
    settle();
    QueuedMessage first = Objects.requireNonNull(queue.take());
    assertThat(queue.amount().points()).isEqualTo(2);
    assertThat(queue.amount().oldestSinceNanos()).isPresent();
    queue.done(first);
    assertThat(queue.amount().points()).isEqualTo(1);
    assertThat(drain(queue)).isEqualTo(range(1, 2));
    assertThat(queue.amount().oldestSinceNanos()).isEmpty();
  }

  @Test
  void whatComesBackIsFirstAgainInItsOrder() throws Exception {
    add(0, 6, 100);
    settle();
    List<QueuedMessage> taken = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      taken.add(Objects.requireNonNull(queue.take()));
    }
    queue.done(taken.remove(1));
    queue.back(taken);
    assertThat(drain(queue)).containsExactly(0, 2, 3, 4, 5);
  }

  @Test
  void whatIsUnderWayTakesAQuarterOfTheMemory() throws Exception {
    for (int i = 0; i < 15; i++) {
      add(i, i + 1, 65_000);
    }
    settle();
    List<QueuedMessage> taken = takeAll();
    assertThat(taken).isNotEmpty();
    assertThat(taken.stream().mapToLong(QueuedMessage::heldBytes).sum())
        .isLessThanOrEqualTo(memoryBytes() / 4);
    queue.back(taken);
    assertThat(drain(queue)).isEqualTo(range(0, 15));
  }

  @Test
  void aMessageThatIsLargerThanThatIsTakenAlone() throws Exception {
    add(0, 1, (int) memoryBytes() / 3);
    add(1, 2, 100);
    settle();
    assertThat(Points.numbers(takeAll())).containsExactly(0);
  }

  private List<QueuedMessage> takeAll() {
    List<QueuedMessage> taken = new ArrayList<>();
    for (QueuedMessage next = queue.take(); next != null; next = queue.take()) {
      taken.add(next);
    }
    return taken;
  }

  @Test
  void dropsTheOldestAndCountsIt() throws Exception {
    for (int i = 0; i < 100; i++) {
      add(i, i + 1, 65_000);
      settle();
    }
    List<Integer> left = drain(queue);
    long bytes = left.size() * 65_000L;
    assertThat(bytes).isBetween(2 * MIB, 5 * MIB);
    assertThat(left).isEqualTo(range(100 - left.size(), 100));
    assertThat(dropped.total()).isEqualTo(100 - left.size());
    assertThat(
            counters.get("points.discarded.buffer-full")
                + counters.get("points.discarded.disk-full"))
        .isEqualTo(dropped.total());
    assertThat(counters.snapshot())
        .anySatisfy((name, value) -> assertThat(name).endsWith("-full.topic1"));
  }

  @Test
  void whateverHappensInTheEndNothingIsHeld() throws Exception {
    Random random = new Random(7);
    List<QueuedMessage> taken = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      switch (random.nextInt(6)) {
        case 0, 1 -> add(i * 10, i * 10 + 1 + random.nextInt(9), random.nextInt(20_000));
        case 2, 3 -> {
          QueuedMessage next = queue.take();
          if (next != null) {
            taken.add(next);
          }
        }
        case 4 -> {
          while (!taken.isEmpty() && random.nextInt(5) > 0) {
            queue.done(taken.remove(random.nextInt(taken.size())));
          }
        }
        default -> {
          if (random.nextInt(4) == 0) {
            queue.back(taken);
            taken.clear();
          } else if (random.nextInt(20) == 0 && taken.isEmpty()) {
            settle();
          }
        }
      }
    }
    assertThat(dropped.total()).isPositive();
    taken.forEach(queue::done);
    drain(queue);
    assertThat(queue.amount().points()).isZero();
    assertThat(queue.amount().memoryBytes()).isZero();
  }

  @Test
  void aFloodCostsItselfAndItsOldest() throws Exception {
    add(0, 3, 50_000);
    settle();
    for (int i = 0; i < 2_000; i++) {
      queue.add(List.of(Points.of("flood", i, 20_000)), 0);
      if (i % 100 == 0) {
        queue.add(List.of(Points.of("other", 10_000 + i, 1_000)), 0);
        settle();
      }
    }
    settle();
    assertThat(counters.snapshot().keySet())
        .filteredOn(name -> name.startsWith("points.discarded.") && name.contains("-full."))
        .isNotEmpty()
        .allMatch(name -> name.endsWith(".flood"));
    List<Integer> left = drain(queue);
    assertThat(left).containsAll(range(0, 3));
    assertThat(left.stream().filter(n -> n >= 10_000)).hasSize(20).isSorted();
    List<Integer> flood = left.stream().filter(n -> n < 2_000 && n >= 3).toList();
    assertThat(flood).isSorted().hasSizeGreaterThan(25).contains(1_999);
  }

  @Test
  void whatMayBeDroppedGivesWay() throws Exception {
    for (int i = 0; dropped.total() == 0; i++) {
      add(i, i + 1, 65_000);
      settle();
    }
    nanos.addAndGet(2_000_000_000L);
    queue.tick();
    settle();

    assertThat(queue.hasRoom(65_000)).isTrue();
    queue.add(List.of(Points.promised(100_000, 65_000)), 0);
    settle();

    assertThat(drain(queue)).contains(100_000);
  }

  @Test
  void hasRoomUntilItIsFullAndAgainWhenItIsEmpty() throws Exception {
    int taken = 0;
    while (queue.hasRoom(65_000)) {
      queue.add(List.of(Points.promised(taken, 65_000)), 0);
      settle();
      taken++;
    }
    assertThat(taken).isGreaterThan(32);
    assertThat(dropped.total()).isZero();
    assertThat(drain(queue)).isEqualTo(range(0, taken));
    nanos.addAndGet(2_000_000_000L);
    queue.tick();
    assertThat(queue.hasRoom(65_000)).isTrue();
    assertThat(queue.amount().diskBytes()).isZero();
  }
}
