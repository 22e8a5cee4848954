package io.loda.agent.delivery.spool;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.entries;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.delivery.Points;
import io.loda.agent.delivery.queue.MessageQueue;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.segment.SegmentReader;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What waits for an output that the configuration doesn't have, and what of it somebody deleted.
 */
class LeftSpoolTest {

  private static final int WAITING = 55;

  @TempDir private Path folder;

  private final Counters counters = new Counters();

  /** Of 60 messages in several files 5 are done. */
  @BeforeEach
  void fill() {
    MessageQueue queue = open("old");
    for (int i = 0; i < 60; i++) {
      queue.add(entries(i, i + 1, 60_000), 0);
      assertThat(queue.stored().succeeded()).isTrue();
    }
    for (int i = 0; i < 5; i++) {
      queue.done(Objects.requireNonNull(queue.take()));
    }
    queue.close();
  }

  private MessageQueue open(String output) {
    return open(output, new Dropped(output, new Discards(new Counters(), () -> 0)));
  }

  private MessageQueue open(String output, Dropped none) {
    var config = config("sync", MIB, 16 * MIB);
    Spool spool =
        new Spool(
            SpoolFolder.of(folder, output), config, none, Points.clock(() -> 0), () -> 0, true);
    MessageQueue queue = new MessageQueue(output, config, spool, Runnable::run, none, () -> 0);
    assertThat(queue.start(() -> {}).succeeded()).isTrue();
    return queue;
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.list(SpoolFolder.of(folder, "old"))) {
      return files.filter(file -> file.toString().endsWith(".spool")).sorted().toList();
    }
  }

  private LeftSpool left() throws IOException {
    return LeftSpool.find(folder, Set.of("new"), new Discards(counters, () -> 0)).get(0);
  }

  private void assertMissing(long missing) throws IOException {
    LeftSpool left = left();
    assertThat(left.missing()).isEqualTo(missing).isPositive();
    assertThat(left.points()).isEqualTo(WAITING - missing);
    assertThat(counters.get("points.discarded.missing")).isEqualTo(missing);
    assertThat(left.status().dropped()).isEqualTo(missing);
    assertThat(left.toString()).contains(missing + " more are missing");
    assertThat(new SpoolMove(folder).move("old", "new"))
        .as("what the output itself would find")
        .isEqualTo(new SpoolMove.Moved(WAITING - missing, missing));
    assertThat(LeftSpool.find(folder, Set.of("new"))).isEmpty();
  }

  private static long messages(Path file) throws IOException {
    return messages(file, topic -> true);
  }

  private static long messages(Path file, Predicate<String> topics) throws IOException {
    long messages = 0;
    try (SegmentReader reader = new SegmentReader(file)) {
      for (SegmentReader.Found at = reader.next(0, reader.size());
          at != null;
          at = reader.next(at.end(), reader.size())) {
        messages += topics.test(at.record().message().topic()) ? 1 : 0;
      }
    }
    return messages;
  }

  @Test
  void nothingIsMissingOfWhatIsDone() throws Exception {
    LeftSpool left = left();
    assertThat(left.points()).isEqualTo(WAITING);
    assertThat(left.missing()).isZero();
    assertThat(counters.get("points.discarded.missing")).isZero();
  }

  @Test
  void aFileInTheMiddleIsDeleted() throws Exception {
    Path file = segments().get(1);
    long messages = messages(file);
    Files.delete(file);
    assertMissing(messages);
  }

  @Test
  void theNewestFileIsDeleted() throws Exception {
    Path file = segments().get(segments().size() - 1);
    long messages = messages(file);
    Files.delete(file);
    assertMissing(messages);
  }

  @Test
  void allFilesAreDeleted() throws Exception {
    for (Path file : segments()) {
      Files.delete(file);
    }
    assertMissing(WAITING);
  }

  @Test
  void filesAreCutWhereARecordEnds() throws Exception {
    long missing = 0;
    for (int cut : List.of(1, segments().size() - 1)) {
      Path file = segments().get(cut);
      missing += messages(file) - 1;
      try (SegmentReader reader = new SegmentReader(file);
          FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(Objects.requireNonNull(reader.next(0, reader.size())).end());
      }
    }
    assertMissing(missing);
  }

  @Test
  void whatWasTakenOutToMakeRoomNeitherWaitsNorIsMissing() throws Exception {
    Path spool = SpoolFolder.of(folder, "old");
    Segment segment = SpoolFolder.segments(spool).get(1);
    long topic1 = messages(segment.file(), "topic1"::equals);
    segment.found(new Segment.Position(Files.size(segment.file()), 0, 0), 0);
    new Thinning(spool, new Dropped("old", new Discards(new Counters(), () -> 0)), 16 * MIB, true)
        .thin(segment, "topic1"::equals);
    LeftSpool left = left();
    assertThat(left.points()).isEqualTo(WAITING - topic1);
    assertThat(left.missing()).isZero();
  }

  @Test
  void whatIsDroppedIsNotMissing() throws Exception {
    new SpoolFiles(folder, "old").drop();
    assertThat(LeftSpool.find(folder, Set.of("new"))).isEmpty();
    Dropped dropped = new Dropped("old", new Discards(counters, () -> 0));
    MessageQueue again = open("old", dropped);
    assertThat(again.amount().points()).isZero();
    assertThat(dropped.total()).isZero();
    again.close();
    assertThat(LeftSpool.find(folder, Set.of("new"))).isEmpty();
  }
}
