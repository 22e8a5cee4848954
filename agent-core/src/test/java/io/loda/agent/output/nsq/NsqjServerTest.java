package io.loda.agent.output.nsq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.point.Message;
import io.loda.common.config.HostPort;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;

class NsqjServerTest {

  @Test
  void aServerThatIsAwayIsTriedAgainWithinFiveSeconds() {
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    // nobody listens on port 1
    try {
      NsqjServer server = new NsqjServer("q", new HostPort("127.0.0.1", 1), clock);
      Duration longest = Duration.ZERO;
      for (int i = 0; i < 10; i++) {
        longest = Collections.max(List.of(longest, server.pause()));
        assertThatThrownBy(() -> server.publish(new Message("t", new byte[] {1}, 1)))
            .isInstanceOf(IOException.class);
      }
      assertThat(longest).isEqualTo(Duration.ofSeconds(5));
      server.close();
    } finally {
      clock.shutdownNow();
    }
  }
}
