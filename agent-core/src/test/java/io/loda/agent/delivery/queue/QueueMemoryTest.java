package io.loda.agent.delivery.queue;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.entries;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.delivery.Points;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.Footprint;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.point.Message;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What memory owes the disk: all that has no place there yet, once, and nothing else. */
class QueueMemoryTest {

  private final Dropped dropped = new Dropped("queue", new Discards(new Counters(), () -> 0));
  private final QueueMemory memory = new QueueMemory(config("spill", MIB, 4 * MIB), dropped, true);

  private static long bytes(List<QueuedMessage> entries) {
    return entries.stream().mapToLong(Footprint::inSpool).sum();
  }

  private static void place(QueuedMessage entry, Segment segment) {
    entry.writtenTo(new QueuedMessage.Place(segment, Points.number(entry)));
  }

  private static Segment file() {
    return new Segment(Path.of("file"), 0, 0);
  }

  private QueuedMessage take() {
    return Objects.requireNonNull(memory.take());
  }

  @Test
  void whatIsGatheredIsOwedToo() {
    memory.add(entries(0, 3, 1_000), 500);
    assertThat(memory.owedBytes()).isEqualTo(500 + bytes(entries(0, 3, 1_000)));
  }

  @Test
  void whatIsDeliveredBeforeItIsWrittenIsOwedNoMore() {
    List<QueuedMessage> all = entries(0, 3, 1_000);
    memory.add(all, 0);
    memory.done(take());
    assertThat(memory.owedBytes()).isEqualTo(bytes(all.subList(1, 3)));
  }

  @Test
  void whatIsWrittenIsOwedUntilThatIsKnown() {
    List<QueuedMessage> all = entries(0, 4, 1_000);
    memory.add(all, 0);
    QueuedMessage delivered = take();
    memory.takeUnwritten();
    assertThat(memory.owedBytes()).isEqualTo(bytes(all));
    memory.done(delivered);
    place(all.get(1), file());
    memory.written();
    // the disk took the second only, and the first needs no place any more
    assertThat(memory.owedBytes()).isEqualTo(bytes(all.subList(2, 4)));
    assertThat(memory.takeUnwritten()).isEqualTo(all.subList(2, 4));
  }

  @Test
  void whatWasDroppedIsOwedNoMore() {
    memory.add(entries(0, 30, 60_000), 0);
    assertThat(dropped.total()).isPositive();
    assertThat(memory.owedBytes()).isEqualTo(bytes(memory.takeUnwritten()));
  }

  @Test
  void whatWasInAFileThatIsLostIsOwedAgain() {
    List<QueuedMessage> all = entries(0, 2, 1_000);
    memory.add(all, 0);
    Segment file = file();
    memory.takeUnwritten();
    all.forEach(entry -> place(entry, file));
    memory.written();
    assertThat(memory.owedBytes()).isZero();
    file.ends(Segment.Fate.LOST);
    memory.saveLost();
    assertThat(memory.owedBytes()).isEqualTo(bytes(all));
  }

  /** The file goes, and the message comes back, before the queue knows that it was written. */
  @Test
  void whatComesBackWhileItIsWrittenIsOwedAndWrittenOnce() {
    List<QueuedMessage> all = entries(0, 1, 1_000);
    memory.add(all, 0);
    QueuedMessage entry = take();
    memory.takeUnwritten();
    place(entry, Segment.deleted());
    memory.back(List.of(entry));
    assertThat(memory.owedBytes()).isEqualTo(bytes(all));
    memory.written();
    assertThat(memory.owedBytes()).isEqualTo(bytes(all));
    assertThat(memory.takeUnwritten()).containsExactly(entry);
  }

  @Test
  void whatComesBackAndIsDeliveredWhileItIsWrittenIsOwedNoMore() {
    List<QueuedMessage> all = entries(0, 2, 1_000);
    memory.add(all, 0);
    QueuedMessage entry = take();
    memory.takeUnwritten();
    place(entry, Segment.deleted());
    memory.back(List.of(entry));
    memory.done(take());
    memory.written();
    assertThat(memory.owedBytes()).isEqualTo(bytes(all.subList(1, 2)));
  }

  /** What was read from disk comes on top, a quarter of the memory at most. */
  @Test
  void whatIsReadFromDiskTakesNoRoomOfPosts() {
    memory.onDisk(true);
    long before = 0;
    int read = 0;
    while (memory.wantedBytes() > 0) {
      Message message = Points.entry(read++, 50_000).message();
      memory.addRead(
          List.of(QueuedMessage.read(message, 0, false, new QueuedMessage.Place(file(), read))));
      memory.onDisk(true);
      memory.take();
      before = memory.bytes();
    }
    assertThat(before).isBetween(MIB / 4, MIB / 4 + 60_000);
    assertThat(memory.owedBytes()).isZero();
    assertThat(memory.hasRoom(MIB / 16 * 15, true)).isTrue();
    assertThat(memory.hasRoom(MIB / 16 * 15 + 1, true)).isFalse();
  }

  /** While the disk fails; otherwise messages are written, and memory is free again. */
  @Test
  void whatMayBeDroppedGivesWayWhereTheDiskTakesNothing() {
    memory.add(entries(0, 10, 50_000), 0);
    assertThat(memory.hasRoom(MIB / 16 * 14, true)).isFalse();
    assertThat(memory.hasRoom(MIB / 16 * 14, false)).isTrue();
  }
}
