package io.loda.common.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackoffTest {

  private final Backoff first = Backoff.of(Duration.ofMillis(100), Duration.ofSeconds(2));

  @Test
  void growsToTheLongestPauseAndStartsAnewOnceItWorked() {
    List<Long> millis = new ArrayList<>();
    Backoff now = first;
    for (int i = 0; i < 7; i++) {
      millis.add(now.pause().toMillis());
      now = now.longer();
    }
    assertThat(millis).containsExactly(100L, 200L, 400L, 800L, 1600L, 2000L, 2000L);
    assertThat(now.anew()).isEqualTo(first);
  }

  @Test
  void isShortenedByAThirdAtMost() {
    assertThat(first.spreadMillis(bound -> 0)).isEqualTo(100);
    assertThat(first.spreadMillis(bound -> bound - 1)).isEqualTo(67);
    for (int i = 0; i < 1000; i++) {
      assertThat(first.spreadMillis()).isBetween(67L, 100L);
    }
  }

  @Test
  void onePauseIsCutAndTheLongestStays() {
    Backoff cut = first.longer().longer().within(Duration.ofMillis(300));
    assertThat(cut.pause()).isEqualTo(Duration.ofMillis(300));
    assertThat(cut.longer().pause()).isEqualTo(Duration.ofMillis(600));
    assertThat(first.within(Duration.ofMillis(300))).isEqualTo(first);
  }
}
