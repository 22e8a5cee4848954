package io.loda.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class AtWorkTest {

  private final List<String> said = new CopyOnWriteArrayList<>();

  @Test
  void whatTakesItsTimeIsSaidAtATerminalOnly() {
    AtWork.on(false, Duration.ZERO, () -> said.add("script"));
    AtWork done = AtWork.on(true, Duration.ofHours(1), () -> said.add("soon"));
    AtWork slow = AtWork.on(true, Duration.ZERO, () -> said.add("slow"));
    await().atMost(Duration.ofMinutes(1)).until(() -> !said.isEmpty());
    done.end();
    slow.end();
    assertThat(said).containsExactly("slow");
  }
}
