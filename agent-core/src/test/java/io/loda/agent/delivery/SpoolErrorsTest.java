package io.loda.agent.delivery;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.drain;
import static io.loda.agent.delivery.Points.entries;
import static io.loda.agent.delivery.Points.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.queue.MessageQueue;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.Spool;
import io.loda.agent.delivery.spool.SpoolFolder;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fails at times, or in places: nothing is lost by that. */
class SpoolErrorsTest {

  private static final int BYTES = 60_000;

  @TempDir private Path folder;

  private final HookedFiles files = new HookedFiles();
  private final Dropped dropped = new Dropped("queue", new Discards(new Counters(), () -> 0));
  private long nanos;

  private MessageQueue open() {
    AgentConfig.Delivery delivery = config("spill", MIB, 16 * MIB);
    Path spools = SpoolFolder.of(files.path(folder), "queue");
    Spool spool =
        new Spool(spools, delivery, dropped, Points.clock(() -> nanos), () -> nanos, true);
    MessageQueue queue =
        new MessageQueue("queue", delivery, spool, Runnable::run, dropped, () -> nanos);
    assertThat(queue.start(() -> {}).succeeded()).isTrue();
    return queue;
  }

  /** Leaves so many messages in several files. */
  private void leave(int messages) {
    MessageQueue before = open();
    for (int i = 0; i < messages; i++) {
      before.add(entries(i, i + 1, BYTES), 0);
      assertThat(before.flush().succeeded()).isTrue();
    }
    before.close();
  }

  private void second(MessageQueue queue) {
    nanos += Duration.ofSeconds(1).toNanos();
    queue.tick();
  }

  private List<Path> segments() throws IOException {
    try (var listed = Files.list(SpoolFolder.of(folder, "queue"))) {
      return listed.filter(file -> file.toString().endsWith(".spool")).sorted().toList();
    }
  }

  /** In a changed root no mount may be listed that the folder is on. */
  @Test
  void whereNobodyKnowsWhatIsFreeTheSpoolIsUsed() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    files.hook(
        (call, file) -> {
          if (call.equals("store")) {
            asked.incrementAndGet();
            throw new IOException("Mount point not found");
          }
        });
    leave(3);

    assertThat(asked.get()).isPositive();
    MessageQueue queue = open();
    assertThat(queue.amount().diskFailure()).isEmpty();
    assertThat(drain(queue)).containsExactlyElementsOf(range(0, 3));
    queue.close();
  }

  @Test
  void anErrorWhileItIsReadIsNoDamage() throws Exception {
    leave(60);
    assertThat(segments()).hasSizeGreaterThan(2);
    AtomicInteger reads = new AtomicInteger();
    files.hook(
        (call, file) -> {
          if (call.equals("read") && file.toString().endsWith(".spool")) {
            if (reads.incrementAndGet() % 3 == 0) {
              throw new IOException("Input/output error");
            }
          }
        });
    MessageQueue queue = open();
    List<Integer> read = new ArrayList<>();
    for (int i = 0; i < 200 && queue.amount().points() > 0; i++) {
      read.addAll(drain(queue));
      second(queue);
    }
    assertThat(reads.get()).isGreaterThan(3);
    assertThat(dropped.total()).isZero();
    assertThat(read).containsExactlyInAnyOrderElementsOf(range(0, 60));
    assertThat(queue.amount().diskFailure()).isEmpty();
    queue.close();
  }

  @Test
  void aFileThatCantBeReadHoldsUpNeitherTheOthersNorWhatComes() throws Exception {
    leave(60);
    String bad = segments().get(1).toString();
    files.hook(
        (call, file) -> {
          if (call.equals("read") && file.toString().equals(bad)) {
            throw new IOException("Input/output error");
          }
        });
    MessageQueue queue = open();
    List<Integer> read = new ArrayList<>(drain(queue));
    second(queue);
    read.addAll(drain(queue));
    queue.add(entries(1_000, 1_003, BYTES), 0);
    assertThat(queue.flush().succeeded()).isTrue();
    read.addAll(drain(queue));
    int missing = 63 - read.size();
    assertThat(missing).isBetween(10, 20);
    assertThat(read).contains(0, 59, 1_000, 1_002);
    assertThat(queue.amount().points()).isEqualTo(missing);
    assertThat(queue.amount().diskFailure())
        .contains("1 file can't be read")
        .contains(missing + " points")
        .contains("Input/output error");
    assertThat(queue.hasRoom(BYTES)).isTrue();
    files.hook((call, file) -> {});
    second(queue);
    read.addAll(drain(queue));
    second(queue);
    assertThat(read)
        .doesNotHaveDuplicates()
        .containsAll(range(0, 60))
        .containsAll(range(1_000, 1_003));
    assertThat(dropped.total()).isZero();
    assertThat(queue.amount().diskFailure()).isEmpty();
    assertThat(segments()).isEmpty();
    queue.close();
  }

  @Test
  void theNewestFileCantBeReadWhenItIsOpened() throws Exception {
    leave(60);
    String bad = segments().get(segments().size() - 1).toString();
    files.hook(
        (call, file) -> {
          if (call.equals("read") && file.toString().equals(bad)) {
            throw new IOException("Input/output error");
          }
        });
    MessageQueue queue = open();
    List<Integer> read = new ArrayList<>(drain(queue));
    assertThat(read).contains(0).doesNotContain(59);
    queue.add(entries(1_000, 1_003, BYTES), 0);
    assertThat(queue.flush().succeeded()).isTrue();
    read.addAll(drain(queue));
    files.hook((call, file) -> {});
    second(queue);
    read.addAll(drain(queue));
    assertThat(read)
        .doesNotHaveDuplicates()
        .containsAll(range(0, 60))
        .containsAll(range(1_000, 1_003));
    assertThat(dropped.total()).isZero();
    queue.close();
    MessageQueue after = open();
    assertThat(drain(after)).isEmpty();
    assertThat(dropped.total()).isZero();
    after.close();
  }

  @Test
  void whatIsDeliveredAndCantBeDeletedIsNotSentAgain() throws Exception {
    leave(60);
    files.hook(
        (call, file) -> {
          if (call.equals("delete") && file.toString().endsWith(".spool")) {
            throw new IOException("Input/output error");
          }
        });
    MessageQueue queue = open();
    assertThat(drain(queue)).isEqualTo(range(0, 60));
    second(queue);
    assertThat(queue.amount().points()).isZero();
    assertThat(queue.amount().diskFailure())
        .contains(segments().size() + " files of ")
        .contains("can't be deleted")
        .contains("Input/output error");
    assertThat(queue.hasRoom(BYTES)).isTrue();
    queue.close();
    MessageQueue after = open();
    assertThat(drain(after)).isEmpty();
    after.add(entries(100, 103, BYTES), 0);
    assertThat(after.flush().succeeded()).isTrue();
    files.hook((call, file) -> {});
    second(after);
    assertThat(after.amount().diskFailure()).isEmpty();
    assertThat(segments()).hasSize(1);
    assertThat(drain(after)).isEqualTo(range(100, 103));
    assertThat(dropped.total()).isZero();
    after.close();
  }

  @Test
  void whatCantBeDeletedToMakeRoomIsNotGivenUp() throws Exception {
    leave(200);
    files.hook(
        (call, file) -> {
          if (call.equals("delete") || call.equals("move")) {
            throw new IOException("Input/output error");
          }
        });
    MessageQueue queue = open();
    boolean failed = false;
    for (int i = 200; i < 400 && !failed; i++) {
      queue.add(entries(i, i + 1, BYTES), 0);
      failed = queue.flush().failed();
    }
    assertThat(failed).isTrue();
    assertThat(dropped.total()).isZero();
    queue.close();
    files.hook((call, file) -> {});
    MessageQueue after = open();
    assertThat(drain(after)).containsAll(range(0, 200));
    after.close();
  }
}
