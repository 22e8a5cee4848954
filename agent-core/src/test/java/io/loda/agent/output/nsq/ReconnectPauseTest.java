package io.loda.agent.output.nsq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReconnectPauseTest {

  private final ReconnectPause pause = new ReconnectPause(ReconnectPause.FIRST);

  @Test
  void growsToHalfAMinuteAndStartsAnewOnceItWorked() {
    long expected = 100;
    for (int i = 0; i < 20; i++) {
      assertThat(pause.next(new IOException()).toMillis())
          .isBetween(expected - expected / 3 - 1, expected);
      expected = Math.min(30_000, expected * 2);
    }
    pause.reset();
    assertThat(pause.next(new IOException())).isLessThanOrEqualTo(Duration.ofMillis(100));
  }

  @Test
  void aNameIsAskedForAgainWithinThreeSeconds() {
    for (int i = 0; i < 20; i++) {
      pause.next(new IOException());
    }
    assertThat(pause.next(new UnknownHostException())).isLessThanOrEqualTo(Duration.ofSeconds(3));
  }
}
