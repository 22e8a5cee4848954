package io.loda.agent.source.script.cage;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.source.script.process.WholeOutput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchWatchTest {

  private static final int MAX_BYTES = 1000;
  private static final long STANDSTILL = Duration.ofMinutes(1).toNanos();

  @Test
  void aMachineThatStoodStillWhileItLookedMakesItNoBlinder(@TempDir Path folder) throws Exception {
    AtomicLong nanos = new AtomicLong();
    ScratchWatch watch =
        new ScratchWatch(
            folder,
            MAX_BYTES,
            new Leavings(List.of()),
            -1,
            new WholeOutput(1, null),
            () -> nanos.getAndAdd(STANDSTILL));
    watch.look(Set.of());
    Files.write(folder.resolve("large"), new byte[MAX_BYTES + 1]);

    nanos.addAndGet(Duration.ofSeconds(10).toNanos() - STANDSTILL);
    watch.look(Set.of());

    assertThat(watch.tooLarge()).isTrue();
  }
}
