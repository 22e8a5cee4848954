package io.loda.agent.delivery.spool;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.entries;
import static io.loda.agent.delivery.Points.numbers;
import static io.loda.agent.delivery.Points.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.delivery.Points;
import io.loda.agent.delivery.segment.SegmentReader;
import io.loda.agent.point.Message;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are swapped, copied or damaged at their end. */
class SpoolDamageTest {

  @TempDir private Path folder;

  private final Dropped dropped = new Dropped("queue", new Discards(new Counters(), () -> 0));
  private List<Path> segments = List.of();

  private Spool open() throws IOException {
    Spool spool =
        new Spool(
            folder, config("spill", MIB, 16 * MIB), dropped, Points.clock(() -> 0), () -> 0, true);
    spool.open();
    return spool;
  }

  /** 60 messages of 60,000 bytes in four files. */
  @BeforeEach
  void leave() throws IOException {
    Spool spool = open();
    for (int i = 0; i < 60; i++) {
      spool.append(entries(i, i + 1, 60_000), false);
    }
    spool.close();
    try (Stream<Path> files = Files.list(folder)) {
      segments = files.filter(file -> file.toString().endsWith(".spool")).sorted().toList();
    }
    assertThat(segments).hasSize(4);
  }

  /** What comes, with what is written meanwhile; all of it done. */
  private List<Integer> writeAndReadAll() throws IOException {
    Spool spool = open();
    spool.append(entries(100, 103, 60_000), true);
    List<QueuedMessage> read = new ArrayList<>();
    while (spool.hasReadable()) {
      read.addAll(spool.read(100_000));
    }
    read.forEach(entry -> spool.done(Objects.requireNonNull(entry.place())));
    spool.close();
    Spool after = open();
    assertThat(after.hasReadable()).isFalse();
    after.close();
    return numbers(read);
  }

  private static List<Integer> all() {
    return Stream.concat(range(0, 60).stream(), range(100, 103).stream()).toList();
  }

  @Test
  void swappedFilesAreReadByTheirRecords() throws Exception {
    swap(segments.get(0), segments.get(2));
    assertThat(writeAndReadAll()).isEqualTo(all());
    assertThat(dropped.total()).isZero();
  }

  @Test
  void theNewestFileSwappedIsReadByItsRecords() throws Exception {
    swap(segments.get(1), segments.get(3));
    assertThat(writeAndReadAll()).isEqualTo(all());
    assertThat(dropped.total()).isZero();
  }

  private void swap(Path one, Path other) throws IOException {
    Path third = folder.resolve("third");
    Files.move(one, third);
    Files.move(other, one);
    Files.move(third, other);
  }

  @Test
  void aCopyIsNotSentTwice() throws Exception {
    Files.copy(segments.get(1), folder.resolve("0000000000000015-0000000000000015.spool"));
    assertThat(writeAndReadAll()).isEqualTo(all());
    assertThat(dropped.total()).isZero();
  }

  /** It has the very name that the next file would get. */
  @Test
  void aCopyBlocksNoNewFile() throws Exception {
    Files.copy(segments.get(1), folder.resolve("000000000000003c-000000000000003c.spool"));
    assertThat(writeAndReadAll()).isEqualTo(all());
    assertThat(dropped.total()).isZero();
  }

  @Test
  void oneThatComesWhileItRunsBlocksNoNewFile() throws Exception {
    Spool spool = open();
    Files.copy(
        segments.get(1),
        folder.resolve("000000000000003c-000000000000003c.spool"),
        StandardCopyOption.REPLACE_EXISTING);
    spool.append(entries(100, 103, 60_000), true);
    spool.close();
    Spool after = open();
    assertThat(after.unreadPoints()).isEqualTo(63);
    after.close();
  }

  @Test
  void damageAtTheNewestEndIsCountedByItsRecords() throws Exception {
    Files.delete(folder.resolve("cursor"));
    Path last = segments.get(3);
    byte[] bytes = Files.readAllBytes(last);
    int records = 0;
    try (SegmentReader reader = new SegmentReader(last)) {
      for (SegmentReader.Found at = reader.next(0, bytes.length);
          at != null;
          at = reader.next(at.end(), bytes.length)) {
        bytes[(int) at.end() - 10] ^= 1;
        records++;
      }
    }
    assertThat(records).isGreaterThan(2);
    Files.write(last, bytes);
    List<Integer> read = writeAndReadAll();
    assertThat(dropped.total()).isEqualTo(records);
    assertThat(read).hasSize(63 - records);
  }

  @Test
  void theirPointsAreCountedToo() throws Exception {
    Spool spool = open();
    Message many = new Message("topic", new byte[1_000], 40);
    spool.append(
        List.of(new QueuedMessage(many, 0, false), new QueuedMessage(many, 0, false)), true);
    spool.close();
    Files.delete(folder.resolve("cursor"));
    try (Stream<Path> files = Files.list(folder)) {
      Path last = files.filter(file -> file.toString().endsWith(".spool")).sorted().toList().get(4);
      byte[] bytes = Files.readAllBytes(last);
      bytes[bytes.length - 1] ^= 1;
      bytes[bytes.length / 2 - 1] ^= 1;
      Files.write(last, bytes);
    }
    writeAndReadAll();
    assertThat(dropped.total()).isEqualTo(80);
  }
}
