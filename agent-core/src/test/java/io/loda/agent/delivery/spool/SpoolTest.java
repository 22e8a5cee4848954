package io.loda.agent.delivery.spool;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.entries;
import static io.loda.agent.delivery.Points.number;
import static io.loda.agent.delivery.Points.numbers;
import static io.loda.agent.delivery.Points.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.delivery.Points;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the files are, and what is left of them when they are damaged. */
class SpoolTest {

  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir private Path folder;

  private final Counters counters = new Counters();
  private final Dropped dropped = new Dropped("queue", new Discards(counters, () -> 0));
  private long nanos;

  private Spool open() throws IOException {
    Spool spool =
        new Spool(
            folder,
            config("spill", MIB, 4 * MIB),
            dropped,
            Points.clock(() -> nanos),
            () -> nanos,
            true);
    spool.open();
    return spool;
  }

  private static List<QueuedMessage> readAll(Spool spool) throws IOException {
    List<QueuedMessage> all = new ArrayList<>();
    while (spool.hasReadable()) {
      all.addAll(spool.read(100_000));
    }
    return all;
  }

  private static void done(Spool spool, List<QueuedMessage> entries) {
    entries.forEach(entry -> spool.done(Objects.requireNonNull(entry.place())));
  }

  /** The files by their names. */
  private Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (var listed = Files.list(folder)) {
      for (Path file : listed.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private void restore(Map<String, byte[]> files) throws IOException {
    for (String name : files().keySet()) {
      Files.delete(folder.resolve(name));
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
  }

  private static byte[] file(Map<String, byte[]> files, String name) {
    return Objects.requireNonNull(files.get(name));
  }

  private static String lastSegment(Map<String, byte[]> files) {
    return files.keySet().stream().filter(f -> f.endsWith(".spool")).reduce((a, b) -> b).get();
  }

  @Test
  void cutAtEveryByteOfTheLastRecordTheOthersAreRead() throws IOException {
    Spool spool = open();
    spool.append(entries(0, 9, 50), true);
    int whole = file(files(), lastSegment(files())).length;
    spool.append(entries(9, 10, 50), true);
    spool.close();
    Map<String, byte[]> files = files();
    String last = lastSegment(files);
    byte[] bytes = file(files, last);
    for (int cut = whole; cut < bytes.length; cut++) {
      files.put(last, Arrays.copyOf(bytes, cut));
      restore(files);
      long before = dropped.total();
      Spool opened = open();
      List<QueuedMessage> read = readAll(opened);
      assertThat(numbers(read)).isEqualTo(range(0, 9));
      assertThat(dropped.total() - before).isEqualTo(1);
      // and it goes on
      opened.append(entries(100, 101, 50), true);
      assertThat(numbers(readAll(opened))).containsExactly(100);
      done(opened, read);
      opened.close();
    }
  }

  @Test
  void aThousandFlippedBytesCostOneMessageEach() throws IOException {
    Spool spool = open();
    spool.append(entries(0, 20, 60_000), true);
    spool.append(entries(20, 30, 10), true);
    spool.close();
    Map<String, byte[]> files = files();
    List<String> segments = files.keySet().stream().filter(f -> f.endsWith(".spool")).toList();
    assertThat(segments).hasSizeGreaterThan(1);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      String name = segments.get(random.nextInt(segments.size()));
      byte[] damaged = file(files, name).clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      Map<String, byte[]> copy = new TreeMap<>(files);
      copy.put(name, damaged);
      restore(copy);
      long before = dropped.total();
      Spool opened = open();
      List<QueuedMessage> read = readAll(opened);
      assertThat(read.size() + dropped.total() - before).as("seed %d, %d", seed, i).isEqualTo(30);
      assertThat(read).hasSize(29);
      assertThat(numbers(read)).isSorted().doesNotHaveDuplicates();
      assertThat(read).allMatch(SpoolTest::isAsWritten);
      opened.close();
    }
  }

  private static boolean isAsWritten(QueuedMessage entry) {
    int number = number(entry);
    QueuedMessage written = Points.entry(number, number < 20 ? 60_000 : 10);
    return Arrays.equals(entry.message().body(), written.message().body())
        && entry.message().topic().equals(written.message().topic())
        && entry.message().points() == 1;
  }

  @Test
  void aDamagedCursorSendsAgainAndLosesNothing() throws IOException {
    Spool spool = open();
    spool.append(entries(0, 10, 50), true);
    List<QueuedMessage> read = spool.read(1);
    done(spool, read);
    spool.close();
    Map<String, byte[]> files = files();
    Spool whole = open();
    assertThat(numbers(readAll(whole))).isEqualTo(range(1, 10));
    whole.close();
    file(files, "cursor")[0] ^= 1;
    file(files, "cursor")[4096] ^= 1;
    restore(files);
    Spool opened = open();
    assertThat(numbers(readAll(opened))).isEqualTo(range(0, 10));
    opened.close();
  }

  @Test
  void aNewSegmentIsNeverTakenForAnOldOne() throws IOException {
    Spool spool = open();
    spool.append(entries(0, 10, 50), true);
    done(spool, readAll(spool));
    spool.saveCursor(true);
    spool.close();
    Spool second = open();
    second.append(entries(10, 30, 50), true);
    second.close();
    Spool third = open();
    assertThat(numbers(readAll(third))).isEqualTo(range(10, 30));
    assertThat(dropped.total()).isZero();
    third.close();
  }

  @Test
  void aBacklogOfOneAndAHalfTimesTheCapLosesTheOldest() throws IOException {
    Spool spool = open();
    for (int i = 0; i < 6 * 64; i++) {
      spool.append(entries(i, i + 1, 16_300), false);
      assertThat(spool.bytes()).isLessThanOrEqualTo(5 * MIB);
      assertThat(onDisk()).isLessThanOrEqualTo(5 * MIB);
    }
    spool.close();
    Spool opened = open();
    List<Integer> left = numbers(readAll(opened));
    assertThat(left).isEqualTo(range(6 * 64 - left.size(), 6 * 64));
    assertThat(left.size() * 16_300L).isGreaterThan(2 * MIB);
    assertThat(counters.get("points.discarded.disk-full")).isEqualTo(6 * 64 - left.size());
    assertThat(
            counters.get("points.discarded.disk-full.topic0")
                + counters.get("points.discarded.disk-full.topic1")
                + counters.get("points.discarded.disk-full.topic2"))
        .isEqualTo(6 * 64 - left.size());
    opened.close();
  }

  private long onDisk() throws IOException {
    return files().entrySet().stream()
        .filter(file -> file.getKey().endsWith(".spool"))
        .mapToLong(file -> file.getValue().length)
        .sum();
  }

  @Test
  void whatIsTooOldGoes() throws IOException {
    Spool spool = open();
    spool.append(entries(0, 5, 50), true);
    nanos += HOUR.multipliedBy(23).toNanos();
    spool.append(List.of(new QueuedMessage(Points.entry(5, 50).message(), nanos, false)), true);
    nanos += HOUR.multipliedBy(2).toNanos();
    assertThat(numbers(readAll(spool))).containsExactly(5);
    assertThat(counters.get("points.discarded.too-old")).isEqualTo(5);
    spool.close();
  }

  @Test
  void whatIsTooOldGoesFromTheDiskToo() throws IOException {
    Spool spool = open();
    spool.append(entries(0, 5, 50), true);
    nanos += HOUR.multipliedBy(23).toNanos();
    spool.append(List.of(new QueuedMessage(Points.entry(5, 50).message(), nanos, false)), true);
    spool.close();
    Spool opened = open();
    nanos += HOUR.multipliedBy(2).toNanos();
    opened.removeFinished();
    assertThat(numbers(readAll(opened))).containsExactly(5);
    nanos += HOUR.multipliedBy(23).toNanos();
    opened.removeFinished();
    assertThat(counters.get("points.discarded.too-old")).isEqualTo(5);
    opened.close();
  }

  @Test
  void whatIsDeliveredLeavesTheDisk() throws IOException {
    Spool spool = open();
    spool.append(entries(0, 40, 65_000), true);
    List<QueuedMessage> read = readAll(spool);
    done(spool, read.subList(0, 39));
    spool.removeFinished();
    assertThat(onDisk()).isPositive().isLessThanOrEqualTo(MIB);
    done(spool, read.subList(39, 40));
    spool.removeFinished();
    assertThat(onDisk()).isZero();
    spool.close();
  }

  @Test
  void whatIsTakenOutOfAFileIsCountedOnceAndIsNoDamage() throws IOException {
    Spool spool = open();
    for (int i = 0; i < 2_000; i++) {
      spool.append(List.of(Points.of("flood", i, 9_000)), false);
      spool.append(List.of(Points.of("other", 10_000 + i, 20)), false);
    }
    long unread = spool.unreadPoints();
    long gone = dropped.total();
    assertThat(gone).isPositive();
    assertThat(unread).isEqualTo(4_000 - gone);
    assertThat(counters.get("points.discarded.disk-full.flood")).isEqualTo(gone);
    assertThat(spool.bytes()).isLessThanOrEqualTo(4 * MIB);
    spool.close();

    Spool opened = open();
    List<Integer> left = numbers(readAll(opened));
    assertThat(dropped.total()).isEqualTo(gone);
    assertThat(opened.unreadPoints()).isZero();
    assertThat(left).hasSize((int) unread);
    assertThat(left.stream().filter(n -> n >= 10_000)).isEqualTo(range(10_000, 12_000));
    int flood = (int) unread - 2_000;
    assertThat(left.stream().filter(n -> n < 10_000)).isEqualTo(range(2_000 - flood, 2_000));
    opened.close();
  }

  @Test
  void damageBesideWhatWasTakenOutIsStillCounted() throws IOException {
    Spool spool = open();
    for (int i = 0; i < 700; i++) {
      spool.append(List.of(Points.of("flood", i, 9_000)), false);
      spool.append(List.of(Points.of("other", 10_000 + i, 20)), false);
    }
    spool.close();
    Map<String, byte[]> files = files();
    String first = files.keySet().stream().filter(f -> f.endsWith(".spool")).findFirst().get();
    byte[] bytes = file(files, first);
    bytes[bytes.length / 2] ^= 1;
    restore(files);
    long before = dropped.total();
    Spool opened = open();
    List<Integer> left = numbers(readAll(opened));
    assertThat(left.size() + dropped.total()).isEqualTo(1_400);
    assertThat(dropped.total()).isGreaterThan(before);
    opened.close();
  }
}
