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

  @Test
  void refusesMoreThanMayWaitForTheDisk() {
    for (int i = 0; i < 100_000; i++) {
      add(null);
    }
    Future<List<Metric>> more = add(null);
    assertThat(more.cause()).isInstanceOf(StoreUnavailable.class).hasMessageContaining("too slow");
    stepped.steps();
    assertThat(stepped.get(add(null))).containsExactly(counter("a", 100_001));
  }
}
