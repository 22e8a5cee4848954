package io.loda.agent.delivery.spool;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.drain;
import static io.loda.agent.delivery.Points.entries;
import static io.loda.agent.delivery.Points.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.delivery.Points;
import io.loda.agent.delivery.queue.MessageQueue;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What waits for an output whose name isn't in the configuration any more. */
class SpoolMoveTest {

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @TempDir private Path folder;

  private final Dropped none = new Dropped("queue", new Discards(new Counters(), () -> 0));

  private MessageQueue open(String output) {
    var config = config("sync", 16 * MIB, 16 * MIB);
    Spool spool =
        new Spool(
            SpoolFolder.of(folder, output), config, none, Points.clock(() -> 0), () -> 0, true);
    MessageQueue queue = new MessageQueue(output, config, spool, Runnable::run, none, () -> 0);
    assertThat(queue.start(() -> {}).succeeded()).isTrue();
    return queue;
  }

  /** Of 0 to 40 those from 10 wait for the old one, 100 to 120 for the new one. */
  @BeforeEach
  void fill() {
    MessageQueue old = open("old.name");
    old.add(entries(0, 40, 60_000), 0);
    assertThat(old.stored().succeeded()).isTrue();
    for (int i = 0; i < 10; i++) {
      old.done(Objects.requireNonNull(old.take()));
    }
    old.close();
    MessageQueue now = open("new");
    now.add(entries(100, 120, 60_000), 0);
    now.add(List.of(new QueuedMessage(Points.entry(120, 100).message(), 0, true)), 0);
    assertThat(now.stored().succeeded()).isTrue();
    now.close();
  }

  private void assertMoved() throws IOException {
    assertThat(LeftSpool.find(folder, Set.of("new"))).isEmpty();
    MessageQueue now = open("new");
    List<Integer> all = drain(now);
    now.close();
    assertThat(all.subList(0, 30)).isEqualTo(range(10, 40));
    assertThat(all.subList(30, all.size())).isEqualTo(range(100, 121));
  }

  @Test
  void whatIsLeftIsFoundWithWhatIsYetToBeSent() throws IOException {
    assertThat(LeftSpool.find(folder, Set.of("old.name", "new"))).isEmpty();
    LeftSpool left = LeftSpool.find(folder, Set.of("new")).get(0);
    assertThat(left.output()).isEqualTo("old.name");
    assertThat(left.points()).isEqualTo(30);
    assertThat(left.bytes()).isGreaterThan(30 * 60_000);
    assertThat(left.status().failure()).contains("agent spool move old.name NAME");
  }

  @Test
  void goesBeforeWhatWaitsThere() throws IOException {
    assertThat(new SpoolMove(folder).move("old.name", "new")).isEqualTo(new SpoolMove.Moved(30, 0));
    assertMoved();
  }

  @Test
  void whatWasPromisedStaysSo() throws IOException {
    new SpoolMove(folder).move("old.name", "new");
    Spool spool =
        new Spool(
            SpoolFolder.of(folder, "new"),
            config("sync", MIB, 16 * MIB),
            none,
            Points.clock(() -> 0),
            () -> 0,
            true);
    spool.open();
    assertThat(spool.read(64 * MIB))
        .hasSize(51)
        .filteredOn(QueuedMessage::promised)
        .singleElement()
        .satisfies(entry -> assertThat(Points.number(entry)).isEqualTo(120));
    spool.close();
  }

  @Test
  void whereverItIsKilledNothingIsLostOrComesTwice() throws Exception {
    int steps = 0;
    for (boolean killed = true; killed; steps++) {
      Path data = folder;
      int[] left = {steps};
      killed = false;
      try {
        new SpoolMove(
                data,
                step -> {
                  if (left[0]-- == 0) {
                    throw new Killed();
                  }
                })
            .move("old.name", "new");
      } catch (Killed e) {
        killed = true;
      }
      // an agent with the new name, or the same command again
      new SpoolMove(data).finish();
      new SpoolMove(data).move("old.name", "new");
      assertMoved();
      fill();
    }
    assertThat(steps).isGreaterThan(6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"copy", "force", "commit"})
  void whatFailsLeavesTheDiskAsItWas(String fails) throws Exception {
    SpoolMove move =
        new SpoolMove(
            folder,
            step -> {
              if (step.equals(fails)) {
                throw new IOException("No space left on device");
              }
            });
    assertThatThrownBy(() -> move.move("old.name", "new"))
        .hasMessageContaining("No space left on device");
    assertThat(SpoolFolder.entries(folder.resolve("spool")))
        .containsExactlyInAnyOrder(
            SpoolFolder.of(folder, "old.name"), SpoolFolder.of(folder, "new"));
    new SpoolMove(folder).move("old.name", "new");
    assertMoved();
  }

  @Test
  void theNextStartDeletesWhatAKilledMoveCopied() throws Exception {
    SpoolMove move =
        new SpoolMove(
            folder,
            step -> {
              if (step.equals("commit")) {
                throw new Killed();
              }
            });
    assertThatThrownBy(() -> move.move("old.name", "new")).isInstanceOf(Killed.class);
    assertThat(folder.resolve("spool/.moving")).exists();
    new SpoolMove(folder).finish();
    assertThat(folder.resolve("spool/.moving")).doesNotExist();
  }

  @Test
  void whatIsNotTheAgentsStays() throws Exception {
    Files.writeString(SpoolFolder.of(folder, "new").resolve("note"), "mine");
    new SpoolMove(folder).move("old.name", "new");
    assertThat(folder.resolve("spool/new.aside/note")).exists();
    assertMoved();
  }

  @Test
  void isRefusedWhileSomebodyHasOneOfThem() {
    MessageQueue now = open("new");
    assertThatThrownBy(() -> new SpoolMove(folder).move("old.name", "new"))
        .hasMessageContaining("is in use by the process with pid");
    now.close();
  }
}
