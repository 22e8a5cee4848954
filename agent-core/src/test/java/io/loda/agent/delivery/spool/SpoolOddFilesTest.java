package io.loda.agent.delivery.spool;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.drain;
import static io.loda.agent.delivery.Points.entries;
import static io.loda.agent.delivery.Points.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.Points;
import io.loda.agent.delivery.queue.MessageQueue;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What has the name of a file of the spool and is none. */
@Timeout(60)
class SpoolOddFilesTest {

  private static final String OLD = "0000000000000000-0000000000000000.spool";
  private static final String NEW = "0000000000000fff-0000000000000fff.spool";

  private interface Maker {
    void make(Path place, Path elsewhere) throws Exception;
  }

  private static final Map<String, Maker> KINDS =
      Map.of(
          "folder",
          (place, elsewhere) -> Files.createDirectory(place),
          "full folder",
          (place, elsewhere) -> Files.writeString(Files.createDirectory(place).resolve("a"), "b"),
          "dangling link",
          (place, elsewhere) -> Files.createSymbolicLink(place, elsewhere.resolve("nothing")),
          "link",
          (place, elsewhere) ->
              Files.createSymbolicLink(
                  place, Files.writeString(elsewhere.resolve("theirs"), "untouched")),
          "pipe",
          (place, elsewhere) ->
              assertThat(new ProcessBuilder("mkfifo", place.toString()).start().waitFor())
                  .isZero());

  @TempDir private Path folder;

  private final Dropped dropped = new Dropped("queue", new Discards(new Counters(), () -> 0));
  private long nanos;

  private Path spool() {
    return SpoolFolder.of(folder, "queue");
  }

  private MessageQueue open() {
    AgentConfig.Delivery delivery = config("sync", MIB, 4 * MIB);
    Spool files =
        new Spool(spool(), delivery, dropped, Points.clock(() -> nanos), () -> nanos, true);
    MessageQueue queue =
        new MessageQueue("queue", delivery, files, Runnable::run, dropped, () -> nanos);
    assertThat(queue.start(() -> {}).succeeded()).isTrue();
    return queue;
  }

  static List<Arguments> oddFiles() {
    return KINDS.keySet().stream()
        .flatMap(
            kind ->
                Stream.of(OLD, NEW, "cursor", "lock", "probe", "thinner")
                    .map(name -> Arguments.of(kind, name)))
        .toList();
  }

  private void make(String kind, String name) throws Exception {
    Files.createDirectories(spool());
    Files.deleteIfExists(spool().resolve(name));
    KINDS.getOrDefault(kind, (place, elsewhere) -> {}).make(spool().resolve(name), folder);
  }

  private void isAside(String name) throws IOException {
    assertThat(Files.exists(spool().resolve(name + ".aside"), LinkOption.NOFOLLOW_LINKS)).isTrue();
    Path theirs = folder.resolve("theirs");
    if (Files.exists(theirs)) {
      assertThat(theirs).hasContent("untouched");
    }
  }

  @ParameterizedTest
  @MethodSource("oddFiles")
  void isSetAsideAndTheRestGoesOn(String kind, String name) throws Exception {
    MessageQueue before = open();
    before.add(entries(0, 5, 100), 0);
    assertThat(before.stored().succeeded()).isTrue();
    assertThat(drain(before)).isEqualTo(range(0, 5));
    before.add(entries(5, 10, 100), 0);
    before.close();
    make(kind, name);
    MessageQueue queue = open();
    queue.add(entries(10, 12, 100), 0);
    assertThat(queue.stored().succeeded()).as(queue.amount().diskFailure()).isTrue();
    List<Integer> read = drain(queue);
    assertThat(read).contains(10, 11);
    assertThat(queue.amount().diskFailure()).isEmpty();
    queue.close();
    isAside(name);
  }

  @ParameterizedTest
  @MethodSource("oddFiles")
  void isSetAsideWhileItRuns(String kind, String name) throws Exception {
    MessageQueue queue = open();
    queue.add(entries(0, 5, 100), 0);
    assertThat(queue.stored().succeeded()).isTrue();
    make(kind, name);
    nanos += Duration.ofSeconds(1).toNanos();
    queue.tick();
    isAside(name);
    queue.add(entries(5, 10, 100), 0);
    assertThat(queue.stored().succeeded()).as(queue.amount().diskFailure()).isTrue();
    queue.close();
    MessageQueue after = open();
    assertThat(drain(after)).isEqualTo(range(0, 10));
    assertThat(dropped.total()).isZero();
    after.close();
  }

  @Test
  void allWaitsThatIsInRegularFiles() throws Exception {
    MessageQueue before = open();
    before.add(entries(0, 10, 100), 0);
    assertThat(before.stored().succeeded()).isTrue();
    before.close();
    make("folder", NEW);
    make("dangling link", "0000000000000ffe-0000000000000fff.spool");
    make("pipe", "cursor");
    make("folder", "lock");
    MessageQueue queue = open();
    assertThat(drain(queue)).isEqualTo(range(0, 10));
    assertThat(dropped.total()).isZero();
    queue.close();
  }
}
