package io.loda.agent.delivery;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.drain;
import static io.loda.agent.delivery.Points.entries;
import static io.loda.agent.delivery.Points.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.queue.MessageQueue;
import io.loda.agent.delivery.segment.SegmentReader;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.Spool;
import io.loda.agent.delivery.spool.SpoolFolder;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody deletes or cuts files of the spool: what was in them is counted, the rest goes on. */
class SpoolMissingTest {

  private static final int BYTES = 60_000;

  @TempDir private Path folder;

  private final Counters counters = new Counters();
  private final Dropped dropped = new Dropped("queue", new Discards(counters, () -> 0));
  private long nanos;

  private Path spool() {
    return SpoolFolder.of(folder, "queue");
  }

  private MessageQueue open(boolean newestFirst) {
    AgentConfig.Delivery in = config("sync", MIB, 16 * MIB);
    AgentConfig.Delivery delivery =
        new AgentConfig.Delivery(
            in.maxMessageBytes(),
            in.maxDelay(),
            in.memoryBytes(),
            in.durability(),
            in.diskBytes(),
            in.maxAge(),
            0,
            0,
            newestFirst);
    Spool files =
        new Spool(spool(), delivery, dropped, Points.clock(() -> nanos), () -> nanos, true);
    MessageQueue queue =
        new MessageQueue("queue", delivery, files, Runnable::run, dropped, () -> nanos);
    assertThat(queue.start(() -> {}).succeeded()).isTrue();
    return queue;
  }

  private static void post(MessageQueue queue, int from, int to) {
    for (int i = from; i < to; i++) {
      queue.add(entries(i, i + 1, BYTES), 0);
      assertThat(queue.stored().succeeded()).isTrue();
    }
  }

  private void second(MessageQueue queue) {
    nanos += Duration.ofSeconds(1).toNanos();
    queue.tick();
  }

  /** Leaves so many messages in several files. */
  private void leave(int messages) {
    MessageQueue before = open(false);
    post(before, 0, messages);
    before.close();
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> listed = Files.list(spool())) {
      return listed.filter(file -> file.toString().endsWith(".spool")).sorted().toList();
    }
  }

  private void comesAllButWhatIsCounted(int messages) {
    MessageQueue queue = open(false);
    List<Integer> read = drain(queue);
    second(queue);
    assertThat(read.size() + dropped.total()).isEqualTo(messages);
    assertThat(read).hasSizeLessThan(messages).doesNotHaveDuplicates();
    assertThat(counters.get("points.discarded.missing")).isEqualTo(dropped.total());
    assertThat(queue.amount().points()).isZero();
    queue.close();
    open(false).close();
    assertThat(read.size() + dropped.total()).as("counted once").isEqualTo(messages);
  }

  @Test
  void theOldestFileIsDeleted() throws Exception {
    leave(60);
    Files.delete(segments().get(0));
    comesAllButWhatIsCounted(60);
  }

  @Test
  void aFileInTheMiddleIsDeleted() throws Exception {
    leave(60);
    Files.delete(segments().get(1));
    comesAllButWhatIsCounted(60);
  }

  @Test
  void theNewestFileIsDeleted() throws Exception {
    leave(60);
    List<Path> files = segments();
    Files.delete(files.get(files.size() - 1));
    comesAllButWhatIsCounted(60);
  }

  @Test
  void allFilesAreDeleted() throws Exception {
    leave(60);
    for (Path file : segments()) {
      Files.delete(file);
    }
    comesAllButWhatIsCounted(60);
  }

  @Test
  void aFileIsCutWhereARecordEnds() throws Exception {
    leave(60);
    List<Path> files = segments();
    cut(files.get(1), 3);
    cut(files.get(files.size() - 1), 1);
    comesAllButWhatIsCounted(60);
  }

  private static void cut(Path file, int records) throws IOException {
    long end = 0;
    long size = Files.size(file);
    try (SegmentReader reader = new SegmentReader(file)) {
      for (int i = 0; i < records; i++) {
        end = Objects.requireNonNull(reader.next(end, size)).end();
      }
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(end);
    }
  }

  @Test
  void whatWasDeliveredInWhateverOrderIsNotMissing() throws Exception {
    leave(60);
    MessageQueue queue = open(true);
    List<Integer> read = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      QueuedMessage entry = Objects.requireNonNull(queue.take());
      read.add(Points.number(entry));
      queue.done(entry);
    }
    second(queue);
    post(queue, 60, 62);
    queue.close();
    MessageQueue after = open(false);
    read.addAll(drain(after));
    assertThat(dropped.total()).isZero();
    assertThat(read).containsExactlyInAnyOrderElementsOf(range(0, 62));
    after.close();
  }

  /** With sync, what is answered from then on is safe again; what memory has is written anew. */
  @Test
  void filesAreDeletedWhileItRuns() throws Exception {
    MessageQueue queue = open(false);
    post(queue, 0, 60);
    QueuedMessage underWay = Objects.requireNonNull(queue.take());
    for (Path file : segments()) {
      Files.delete(file);
    }
    post(queue, 60, 80);
    second(queue);
    queue.back(List.of(underWay));
    second(queue);
    Path copy = Files.createDirectories(SpoolFolder.of(folder.resolve("killed"), "queue"));
    try (Stream<Path> files = Files.list(spool())) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    long lost = dropped.total();
    assertThat(lost).isBetween(20L, 59L);
    assertThat(queue.amount().points()).isEqualTo(80 - lost);
    assertThat(drain(queue)).hasSize((int) (80 - lost)).contains(0).containsAll(range(60, 80));
    queue.close();

    Files.delete(spool().resolve("cursor"));
    Files.delete(spool().resolve("lock"));
    Files.delete(spool());
    Files.move(copy, spool());
    MessageQueue after = open(false);
    assertThat(drain(after)).hasSize((int) (80 - lost)).contains(0).containsAll(range(60, 80));
    assertThat(dropped.total()).isEqualTo(lost);
    after.close();
  }

  @Test
  void theWholeFolderIsDeletedWhileItRuns() throws Exception {
    MessageQueue queue = open(false);
    post(queue, 0, 60);
    try (Stream<Path> files = Files.list(spool())) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(spool());
    post(queue, 60, 80);
    second(queue);
    assertThat(queue.amount().diskFailure()).isEmpty();
    assertThat(segments()).isNotEmpty();
    assertThat(spool().resolve("lock")).exists();
    assertThat(spool().resolve("cursor")).exists();
    long lost = dropped.total();
    assertThat(lost).isPositive();
    queue.close();
    MessageQueue after = open(false);
    assertThat(drain(after)).hasSize((int) (80 - lost)).containsAll(range(60, 80));
    assertThat(dropped.total()).isEqualTo(lost);
    after.close();
  }
}
