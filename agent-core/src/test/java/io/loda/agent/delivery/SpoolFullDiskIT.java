package io.loda.agent.delivery;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.drain;
import static io.loda.agent.delivery.Points.entries;
import static io.loda.agent.delivery.Points.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.delivery.queue.MessageQueue;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.Spool;
import io.loda.agent.delivery.spool.SpoolFolder;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A real file system of 3 MiB that becomes full. Needs to mount one: left out where it can't. */
class SpoolFullDiskIT extends SmallDisk {

  private final AtomicLong nanos = new AtomicLong();
  private final Counters counters = new Counters();
  private final Dropped dropped = new Dropped("queue", new Discards(counters, nanos::get));

  SpoolFullDiskIT() {
    super("3m");
  }

  private MessageQueue open() {
    var config = config("spill", 2 * MIB, 64 * MIB);
    Spool spool =
        new Spool(
            SpoolFolder.of(folder, "queue"),
            config,
            dropped,
            Points.clock(nanos::get),
            nanos::get,
            true);
    MessageQueue queue =
        new MessageQueue("queue", config, spool, Runnable::run, dropped, nanos::get);
    assertThat(queue.start(() -> {}).succeeded()).isTrue();
    return queue;
  }

  private void old(MessageQueue queue) {
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    queue.tick();
  }

  @Test
  void whatTheDiskDoesntTakeWaitsInMemoryAndIsWrittenWhenThereIsSpace() throws Exception {
    Files.write(folder.resolve("ballast"), new byte[2 << 20]);
    MessageQueue queue = open();
    int next = 0;
    while (queue.amount().diskFailure().isEmpty()) {
      queue.add(entries(next, next + 1, 50_000), 0);
      next++;
      old(queue);
    }
    assertThat(queue.amount().diskFailure()).contains("No space left");
    assertThat(dropped.total()).isZero();
    while (queue.hasRoom(50_000)) {
      queue.add(List.of(Points.promised(next, 50_000)), 0);
      next++;
    }
    assertThat(dropped.total()).isZero();
    assertThat(queue.amount().points()).isEqualTo(next);
    Files.delete(folder.resolve("ballast"));
    old(queue);
    assertThat(queue.amount().diskFailure()).isEmpty();
    assertThat(queue.hasRoom(50_000)).isTrue();
    queue.close();
    MessageQueue after = open();
    assertThat(drain(after)).isEqualTo(range(0, next));
    after.close();
  }

  @Test
  void aFullDiskIsDrainedInOrder() throws Exception {
    MessageQueue queue = open();
    int next = 0;
    while (queue.amount().diskFailure().isEmpty()) {
      queue.add(entries(next, next + 1, 50_000), 0);
      next++;
      old(queue);
    }
    assertThat(drain(queue)).isEqualTo(range(0, next));
    old(queue);
    assertThat(queue.amount().diskBytes()).isZero();
    old(queue);
    assertThat(queue.amount().diskFailure()).isEmpty();
    assertThat(dropped.total()).isZero();
    queue.close();
  }

  @Test
  void aFullDiskAndAFullMemoryAreDrainedInOrder() throws Exception {
    MessageQueue queue = open();
    int next = 0;
    while (queue.amount().diskFailure().isEmpty() || queue.hasRoom(50_000)) {
      queue.add(List.of(Points.promised(next, 50_000)), 0);
      next++;
      old(queue);
    }
    assertThat(dropped.total()).isZero();
    List<Integer> sent = new ArrayList<>();
    List<QueuedMessage> underWay = new ArrayList<>();
    do {
      // what is under way is in memory too, while the next is read
      for (QueuedMessage entry = queue.take(); entry != null; entry = queue.take()) {
        underWay.add(entry);
        if (underWay.size() == 16) {
          break;
        }
      }
      queue.tick();
      sent.addAll(Points.numbers(underWay));
      underWay.forEach(queue::done);
      underWay.clear();
      queue.tick();
    } while (queue.amount().points() > 0 && sent.size() < next);
    assertThat(dropped.total()).isZero();
    assertThat(sent).isEqualTo(range(0, next));
    queue.close();
  }

  @Test
  void whatAReadOnlyDiskDoesntTakeIsWrittenOnceItIsWritable() throws Exception {
    MessageQueue queue = open();
    queue.add(entries(0, 3, 50_000), 0);
    old(queue);
    assertThat(queue.amount().diskBytes()).isPositive();
    // nothing may be open for writing: as after an error that makes the system turn a disk so
    queue.close();
    remount("ro");
    MessageQueue again = open();
    assertThat(again.amount().diskFailure()).contains("Read-only file system");
    again.add(entries(3, 6, 50_000), 0);
    old(again);
    assertThat(again.amount().points()).isEqualTo(3);
    remount("rw");
    old(again);
    old(again);
    assertThat(again.amount().diskFailure()).isEmpty();
    assertThat(again.amount().points()).isEqualTo(6);
    assertThat(dropped.total()).isZero();
    again.close();
    MessageQueue after = open();
    assertThat(drain(after)).containsExactlyInAnyOrderElementsOf(range(0, 6));
    after.close();
  }

  private void remount(String how) throws Exception {
    assertThat(
            new ProcessBuilder("mount", "-o", "remount," + how, folder.toString())
                .inheritIO()
                .start()
                .waitFor())
        .isZero();
  }

  @Test
  void withTooLittleFreeItStopsGrowing() {
    var in = config("spill", 2 * MIB, 64 * MIB);
    var config =
        new io.loda.agent.config.AgentConfig.Delivery(
            in.maxMessageBytes(),
            in.maxDelay(),
            in.memoryBytes(),
            "spill",
            in.diskBytes(),
            in.maxAge(),
            50,
            0,
            false);
    Spool spool =
        new Spool(
            SpoolFolder.of(folder, "queue"),
            config,
            dropped,
            Points.clock(nanos::get),
            nanos::get,
            true);
    MessageQueue queue =
        new MessageQueue("queue", config, spool, Runnable::run, dropped, nanos::get);
    queue.start(() -> {});
    for (int i = 0; i < 40; i++) {
      queue.add(entries(i, i + 1, 50_000), 0);
      old(queue);
    }
    assertThat(queue.amount().diskFailure()).contains("delivery.min-free (50.0 %)");
    assertThat(queue.amount().diskBytes()).isBetween(MIB, 2 * MIB);
    assertThat(dropped.total()).isZero();
    queue.close();
  }
}
