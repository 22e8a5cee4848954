package io.loda.server.store.dump;

import static io.loda.server.metric.Metric.counter;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class DumpStoreAtIntervalTest extends DumpStoreContract {

  @Override
  Duration interval() {
    return Duration.ofSeconds(1);
  }

  @Test
  void aPingFailsWhileTheDumpCannotBeWritten() {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    SteppedStore stepped = SteppedStore.open(disk, interval());
    disk.room(0);
    stepped.update(counter("a", 1));
    stepped.tick();
    stepped.steps();
    assertThat(stepped.store().ping().cause()).hasMessageContaining("No space left on device");

    disk.room(Long.MAX_VALUE);
    stepped.tick();
    stepped.steps();
    assertThat(stepped.store().ping().succeeded()).isTrue();
  }

  @Test
  void writesADumpAtTheIntervalWhereSomethingChanged() throws Exception {
    assertThat(content()).isNull();

    update(counter("a", 1));
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> String.valueOf(content()).contains("\"name\":\"a\",\"value\":\"1\""));
  }
}
