package io.loda.agent.output.nsq;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.time.Backoff;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NsqServerTest {

  @Test
  void aNameIsAskedForAgainWithinThreeSeconds() {
    Backoff pause = Backoff.of(Duration.ofSeconds(30), Duration.ofSeconds(30));

    assertThat(NsqServer.within(pause, new IOException())).isEqualTo(pause);
    assertThat(NsqServer.within(pause, new UnknownHostException()).pause())
        .isEqualTo(Duration.ofSeconds(3));
  }
}
