package io.loda.server.store.dump;

import static io.loda.server.metric.Metric.counter;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DumpStoreAtOnceTest extends DumpStoreContract {

  @Override
  Duration interval() {
    return Duration.ZERO;
  }

  @Test
  void whatIsAnsweredIsInTheJournal() throws Exception {
    update("the key", counter("a", 1));

    assertThat(Files.readString(dump().resolveSibling("metrics-db.json.journal-a")))
        .contains("\"key\":\"the key\",\"changes\":[\"c\",\"a\",\"1\"]");
  }
}
