package io.loda.agent.delivery.queue;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.drain;
import static io.loda.agent.delivery.Points.entries;
import static io.loda.agent.delivery.Points.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.Points;
import io.loda.agent.delivery.SteppingWorker;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.Spool;
import io.loda.agent.delivery.spool.SpoolFolder;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The queue on disk and in memory; its worker is the test's thread. */
class MessageQueueTest {

  @TempDir private Path folder;

  private MessageQueue open(AgentConfig.Delivery config, QueueContract test) {
    return open(config, test.dropped, Runnable::run, test.nanos::get);
  }

  private MessageQueue open(
      AgentConfig.Delivery config,
      Dropped dropped,
      Executor worker,
      java.util.function.LongSupplier nanos) {
    Spool spool =
        new Spool(
            SpoolFolder.of(folder, "queue"), config, dropped, Points.clock(nanos), nanos, true);
    return new MessageQueue("queue", config, spool, worker, dropped, nanos);
  }

  /** Nothing is old, so all stays in memory. */
  @Nested
  class InMemory extends QueueContract {
    @Override
    long memoryBytes() {
      return MIB;
    }

    @Override
    MessageQueue create() {
      return open(config("spill", MIB, 4 * MIB), this);
    }
  }

  /** All is old at once. */
  @Nested
  class WrittenSoon extends QueueContract {
    @Override
    long memoryBytes() {
      return MIB;
    }

    @Override
    MessageQueue create() {
      return open(config("spill", MIB, 4 * MIB), this);
    }

    @Override
    void settle() {
      nanos.addAndGet(Duration.ofMillis(751).toNanos());
      queue.tick();
    }
  }

  @Nested
  class OnDiskAtOnce extends QueueContract {
    @Override
    long memoryBytes() {
      return MIB;
    }

    @Override
    MessageQueue create() {
      return open(config("sync", MIB, 4 * MIB), this);
    }

    @Override
    void settle() {
      assertThat(queue.stored().succeeded()).isTrue();
    }
  }

  /** All comes from the files of an earlier process. */
  @Nested
  class AfterARestart extends QueueContract {
    @Override
    long memoryBytes() {
      return MIB;
    }

    @Override
    MessageQueue create() {
      return open(config("spill", MIB, 4 * MIB), this);
    }

    @Override
    void settle() {
      Future<Void> stored = queue.flush();
      assertThat(stored.succeeded()).isTrue();
      queue.close();
      queue = create();
      queue.start(() -> {});
    }

    @Override
    void tellsWhoeverSends() {
      // the listener of the test's beginning is gone
    }
  }

  private boolean cut;
  private final Dropped none = new Dropped("queue", new Discards(new Counters(), () -> 0));

  @Test
  void nothingIsOnDiskWhileTheOutputKeepsUp() throws Exception {
    MessageQueue queue = open(config("spill", MIB, 4 * MIB), none, Runnable::run, () -> 0);
    queue.start(() -> {});
    for (int i = 0; i < 100; i++) {
      queue.add(entries(i, i + 1, 10_000), 0);
      assertThat(drain(queue)).hasSize(1);
      queue.tick();
    }
    assertThat(segments()).isEmpty();
    queue.close();
  }

  @Test
  void aKilledProcessLosesNothingThatIsOld() {
    long[] nanos = {0};
    MessageQueue killed = open(config("spill", MIB, 4 * MIB), none, Runnable::run, () -> nanos[0]);
    killed.start(() -> {});
    killed.add(entries(0, 5, 100), 0);
    List<QueuedMessage> underWay = new ArrayList<>();
    underWay.add(Objects.requireNonNull(killed.take()));
    underWay.add(Objects.requireNonNull(killed.take()));
    nanos[0] = Duration.ofMillis(750).toNanos();
    killed.tick();
    killed.done(underWay.get(0));
    MessageQueue next = afterKill(killed, config("spill", MIB, 4 * MIB));
    assertThat(drain(next)).isEqualTo(range(1, 5));
    next.close();
  }

  /** Of a process that was killed before it was tidied up for the first time. */
  @Test
  void whatIsCutFromAFileOfAKilledProcessIsCounted() {
    MessageQueue killed = open(config("sync", MIB, 4 * MIB), none, Runnable::run, () -> 0);
    killed.start(() -> {});
    killed.add(entries(0, 5, 100), 0);
    assertThat(killed.stored().succeeded()).isTrue();
    cut = true;
    MessageQueue next = afterKill(killed, config("sync", MIB, 4 * MIB));
    List<Integer> left = drain(next);
    assertThat(left).isEqualTo(range(0, 2));
    assertThat(none.total()).isEqualTo(3);
    next.close();
  }

  @Test
  void whatIsBehindTheFirstThatWaitsComesAgain() {
    long[] nanos = {0};
    MessageQueue killed = open(config("sync", MIB, 4 * MIB), none, Runnable::run, () -> nanos[0]);
    killed.start(() -> {});
    killed.add(entries(0, 5, 100), 0);
    assertThat(killed.stored().succeeded()).isTrue();
    List<QueuedMessage> taken = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      taken.add(Objects.requireNonNull(killed.take()));
    }
    killed.done(taken.get(0));
    killed.done(taken.get(1));
    killed.done(taken.get(3));
    nanos[0] = Duration.ofMillis(100).toNanos();
    killed.tick();
    MessageQueue next = afterKill(killed, config("sync", MIB, 4 * MIB));
    // 3 was answered before 2: what is behind the first that waits comes again
    assertThat(drain(next)).isEqualTo(range(2, 5));
    next.close();
  }

  @Test
  void aKillWhileItIsDrainedSendsTheLast256TwiceAtMost() {
    MessageQueue killed = open(config("sync", MIB, 16 * MIB), none, Runnable::run, () -> 0);
    killed.start(() -> {});
    for (int i = 0; i < 5_000; i += 500) {
      killed.add(entries(i, i + 500, 100), 0);
      assertThat(killed.stored().succeeded()).isTrue();
    }
    for (int i = 0; i < 3_000; i++) {
      killed.done(Objects.requireNonNull(killed.take()));
    }
    MessageQueue next = afterKill(killed, config("sync", MIB, 16 * MIB));
    int first = drain(next).get(0);
    assertThat(first).isBetween(3_000 - 256, 3_000);
    next.close();
  }

  /** A lock is this process's: a copy of the files is what a killed one leaves. */
  private MessageQueue afterKill(MessageQueue killed, AgentConfig.Delivery config) {
    Path copy = folder.resolve("copy");
    try (var files = Files.list(SpoolFolder.of(folder, "queue"))) {
      Path target = Files.createDirectories(SpoolFolder.of(copy, "queue"));
      for (Path file : files.toList()) {
        Path copied = Files.copy(file, target.resolve(file.getFileName().toString()));
        if (cut && copied.toString().endsWith(".spool")) {
          byte[] whole = Files.readAllBytes(copied);
          Files.write(copied, Arrays.copyOf(whole, whole.length / 5 * 2));
        }
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    killed.close();
    Spool spool =
        new Spool(
            SpoolFolder.of(copy, "queue"), config, none, Points.clock(() -> 0), () -> 0, true);
    MessageQueue next = new MessageQueue("queue", config, spool, Runnable::run, none, () -> 0);
    next.start(() -> {});
    return next;
  }

  /** Much is under way when the server goes, and is in memory again beside what was read since. */
  @Test
  void hasRoomWhileTheServerIsAwayAndTheDiskHas() {
    long[] nanos = {0};
    MessageQueue queue =
        open(config("spill", 2 * MIB, 64 * MIB), none, Runnable::run, () -> nanos[0]);
    queue.start(() -> {});
    for (int i = 0; i < 100; i++) {
      queue.add(entries(i, i + 1, 50_000), 0);
      nanos[0] += Duration.ofSeconds(1).toNanos();
      queue.tick();
    }
    List<QueuedMessage> underWay = new ArrayList<>();
    for (QueuedMessage next = queue.take(); next != null; next = queue.take()) {
      underWay.add(next);
    }
    queue.back(underWay);

    assertThat(queue.hasRoom(100_000)).isTrue();
    assertThat(drain(queue)).isEqualTo(range(0, 100));
    queue.close();
  }

  /** As many are under way as an output takes, each as large as a message may be. */
  @Test
  void whatIsReadToBeSentLeavesRoomForPosts() {
    long[] nanos = {0};
    MessageQueue before =
        open(config("spill", 2 * MIB, 64 * MIB), none, Runnable::run, () -> nanos[0]);
    before.start(() -> {});
    for (int i = 0; i < 60; i++) {
      before.add(List.of(Points.promised(i, 250_000)), 0);
      nanos[0] += Duration.ofSeconds(1).toNanos();
      before.tick();
    }
    before.close();
    MessageQueue queue =
        open(config("spill", 2 * MIB, 64 * MIB), none, Runnable::run, () -> nanos[0]);
    queue.start(() -> {});
    for (int round = 0; round < 3; round++) {
      List<QueuedMessage> underWay = new ArrayList<>();
      for (QueuedMessage next = queue.take();
          next != null && underWay.size() < 16;
          next = queue.take()) {
        underWay.add(next);
      }
      queue.back(underWay);
    }

    assertThat(queue.amount().memoryBytes()).isLessThan(2 * MIB);
    assertThat(queue.hasRoom(1_500_000)).isTrue();
    assertThat(drain(queue)).isEqualTo(range(0, 60));
    queue.close();
  }

  /** The disk hangs, and there is more memory than disk. */
  @Test
  void whatWaitsToBeWrittenHasItsPlaceOnDiskAlready() {
    SteppingWorker worker = new SteppingWorker();
    MessageQueue queue = open(config("spill", 16 * MIB, 4 * MIB), none, worker, () -> 0);
    queue.start(() -> {});
    worker.all();
    int promised = 0;
    for (; queue.hasRoom(66_000); promised++) {
      queue.add(List.of(new QueuedMessage(Points.entry(promised, 65_000).message(), 0, true)), 0);
    }
    for (int i = 0; i < 30; i++) {
      queue.add(entries(promised + i, promised + i + 1, 65_000), 0);
    }
    Future<Void> stored = queue.flush();
    worker.all();
    assertThat(stored.succeeded()).isTrue();
    assertThat(queue.amount().diskBytes()).isBetween(3 * MIB, 4 * MIB);
    assertThat(promised).isGreaterThan(40);
    queue.close();
    worker.all();
    MessageQueue after = open(config("spill", 16 * MIB, 4 * MIB), none, Runnable::run, () -> 0);
    after.start(() -> {});
    assertThat(drain(after)).containsAll(range(0, promised));
    after.close();
  }

  @Test
  void newestFirstSendsWhatComesNowBeforeWhatWaitedOnDisk() {
    AgentConfig.Delivery in = config("spill", MIB, 16 * MIB);
    AgentConfig.Delivery config =
        new AgentConfig.Delivery(
            in.maxMessageBytes(),
            in.maxDelay(),
            in.memoryBytes(),
            "spill",
            in.diskBytes(),
            in.maxAge(),
            0,
            0,
            true);
    MessageQueue before = open(config, none, Runnable::run, () -> 0);
    before.start(() -> {});
    for (int i = 0; i < 50; i++) {
      before.add(entries(i, i + 1, 65_000), 0);
      assertThat(before.flush().succeeded()).isTrue();
    }
    before.close();
    MessageQueue queue = open(config, none, Runnable::run, () -> 0);
    queue.start(() -> {});
    queue.add(entries(1000, 1002, 100), 0);
    List<Integer> all = drain(queue);
    assertThat(all).hasSize(52).containsAll(range(0, 50));
    // what was read before they came goes first
    assertThat(all.indexOf(1000)).isLessThan(20);
    assertThat(all.indexOf(0)).isGreaterThan(all.indexOf(45));
    queue.close();
  }

  @Test
  void aSecondOneOnTheSameFolderIsRefused() {
    MessageQueue first = open(config("spill", MIB, 4 * MIB), none, Runnable::run, () -> 0);
    first.start(() -> {});
    Future<Void> second =
        open(config("spill", MIB, 4 * MIB), none, Runnable::run, () -> 0).start(() -> {});
    assertThat(second.failed()).isTrue();
    assertThat(second.cause())
        .hasMessageContaining("is in use by the process with pid " + ProcessHandle.current().pid());
    first.close();
  }

  @Test
  void aFolderThatCantBeMadeLeavesItInMemoryUntilItCan() throws Exception {
    long[] nanos = {0};
    // where the folder should be is a file, also for root
    Path inTheWay = Files.writeString(folder.resolve("spool"), "in the way");
    MessageQueue queue = open(config("sync", MIB, 4 * MIB), none, Runnable::run, () -> nanos[0]);
    assertThat(queue.start(() -> {}).succeeded()).isTrue();
    assertThat(queue.hasRoom(10)).isFalse();
    queue.add(entries(0, 3, 100), 0);
    assertThat(queue.stored().failed()).isTrue();
    assertThat(queue.amount().diskFailure()).isNotEmpty();
    Files.delete(inTheWay);
    nanos[0] = Duration.ofSeconds(1).toNanos();
    queue.tick();
    assertThat(queue.amount().diskFailure()).isEmpty();
    assertThat(queue.amount().diskBytes()).isPositive();
    assertThat(queue.hasRoom(10)).isTrue();
    assertThat(drain(queue)).isEqualTo(range(0, 3));
    queue.close();
  }

  private List<Path> segments() throws Exception {
    try (var files = Files.list(SpoolFolder.of(folder, "queue"))) {
      return files.filter(file -> file.toString().endsWith(".spool")).toList();
    }
  }
}
