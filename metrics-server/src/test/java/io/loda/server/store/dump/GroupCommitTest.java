package io.loda.server.store.dump;

import static io.loda.server.metric.Metric.counter;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.store.StoreUnavailable;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** With an interval of 0: who waits for which fsync. */
class GroupCommitTest {

  private final SimulatedDisk disk = new SimulatedDisk(new Random(1));
  private final SteppedStore stepped = SteppedStore.open(disk, Duration.ZERO);
  private final List<String> calls = new ArrayList<>();

  private Future<List<Metric>> add(@Nullable String key) {
    return stepped.store().update(Batch.of(List.of(counter("a", 1)), key));
  }

  private void fail() {
    disk.hook(
        (call, name) -> {
          if (call.equals("force")) {
            throw new IOException("Input/output error");
          }
        });
  }

  @Test
  void manyShareOneFsync() {
    disk.hook((call, name) -> calls.add(call));
    List<Future<List<Metric>>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(add("key-" + i));
    }
    assertThat(all).noneMatch(Future::isComplete);

    stepped.step();
    assertThat(all).allMatch(Future::succeeded);
    assertThat(calls).containsExactly("write", "force");
  }

  @Test
  void aKeyWhoseFirstRequestIsNotOnDiskWaitsForItAndFailsWithIt() {
    Future<List<Metric>> first = add("key");
    Future<List<Metric>> again = add("key");
    assertThat(again.isComplete()).isFalse();
    stepped.step();
    assertThat(again.result()).isEqualTo(first.result()).containsExactly(counter("a", 1));

    fail();
    Future<List<Metric>> refused = add("other");
    Future<List<Metric>> refusedToo = add("other");
    stepped.step();
    assertThat(refused.cause()).isInstanceOf(StoreUnavailable.class);
    assertThat(refusedToo.cause()).isInstanceOf(StoreUnavailable.class);
    disk.hook((call, name) -> {});
    assertThat(stepped.get(add("other"))).containsExactly(counter("a", 2));
  }

  @Test
  void aReaderSeesNothingThatIsTakenBack() {
    stepped.update(counter("a", 1));
    fail();
    Future<List<Metric>> refused = add("key");
    Future<?> found = stepped.store().find(counter("a", 0).id());
    assertThat(found.isComplete()).isFalse();

    stepped.step();
    assertThat(refused.failed()).isTrue();
    assertThat(found.result()).hasToString("Optional[" + counter("a", 1) + "]");
  }

  @Test
  void aPingAfterAFailureTriesTheDisk() {
    assertThat(stepped.store().ping().succeeded()).isTrue();
    fail();
    add("key");
    stepped.steps();
    Future<?> failing = stepped.store().ping();
    stepped.steps();
    assertThat(failing.failed()).isTrue();

    disk.hook((call, name) -> {});
    // the dump that is needed now isn't tried at once
    stepped.tick();
    Future<?> good = stepped.store().ping();
    stepped.steps();
    assertThat(good.succeeded()).isTrue();
    assertThat(stepped.store().ping().isComplete()).isTrue();
  }

  /** A nearly full disk takes a small change, and refuses what agents send. */
  @Test
  void aPingFailsWhileTheDiskHasNoRoomForWhatWasRefused() {
    disk.room(2_000);
    List<Metric> batch =
        IntStream.range(0, 20).mapToObj(i -> counter(i + "n".repeat(190), 1)).toList();
    Future<List<Metric>> refused = stepped.store().update(Batch.of(batch, null));
    stepped.steps();
    assertThat(refused.failed()).isTrue();
    Future<?> failing = stepped.store().ping();
    stepped.steps();
    assertThat(failing.failed()).isTrue();

    disk.room(Long.MAX_VALUE);
    Future<?> good = stepped.store().ping();
    stepped.steps();
    assertThat(good.succeeded()).isTrue();
    stepped.close();
    assertThat(SteppedStore.open(disk, Duration.ZERO).all()).isEmpty();
  }

  /** It is bounded by what it takes of the memory, of which names and lists may be most. */
  @Test
  void refusesMoreThanMayWaitForTheDisk() {
    String name = "n".repeat(256);
    int waiting = 0;
    Future<List<Metric>> last;
    do {
      last = stepped.store().update(Batch.of(List.of(counter(name, 1)), null));
      waiting++;
    } while (!last.isComplete() && waiting < 100_000);
    assertThat(last.cause()).isInstanceOf(StoreUnavailable.class).hasMessageContaining("too slow");
    assertThat(waiting).isBetween(500, SteppedStore.WAITING_BYTES / 512);
    stepped.steps();
    assertThat(stepped.update(counter(name, 1))).containsExactly(counter(name, waiting));
  }

  @Test
  void refusesMoreListsThanMayWaitForTheDisk() {
    for (int i = 0; i < 1_000; i++) {
      stepped.update(counter("name-" + i, 1));
    }
    add(null);
    int waiting = 0;
    Future<?> last;
    do {
      last = stepped.store().list(null, 1_000);
      waiting++;
    } while (!last.isComplete() && waiting < 100_000);
    assertThat(last.cause()).isInstanceOf(StoreUnavailable.class);
    assertThat(waiting).isBetween(2, SteppedStore.WAITING_BYTES / 50_000);
    stepped.steps();
    assertThat(stepped.all()).hasSize(1_001);
  }

  /** One that is larger than all that may wait. */
  @Test
  void oneAlwaysMayWait() {
    List<Metric> large = IntStream.range(0, 10_000).mapToObj(i -> counter("n" + i, 1)).toList();
    Future<List<Metric>> first = stepped.store().update(Batch.of(large, null));
    assertThat(add(null).failed()).isTrue();
    assertThat(stepped.get(first)).isEqualTo(large);
  }
}
