package io.loda.server.store.dump;

import static io.loda.server.metric.Metric.counter;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class DumpStoreAtIntervalTest extends DumpStoreContract {

  @Override
  Duration interval() {
    return Duration.ofSeconds(1);
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
