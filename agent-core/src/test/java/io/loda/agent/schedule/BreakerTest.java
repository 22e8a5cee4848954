package io.loda.agent.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BreakerTest {

  private static final Duration TEN = Duration.ofSeconds(10);

  /** Of so many runs that all fail, after how many ticks each came. */
  private static List<Integer> gaps(Breaker breaker, int runs) {
    List<Integer> gaps = new ArrayList<>();
    int ticks = 0;
    while (gaps.size() < runs) {
      ticks++;
      if (breaker.lets()) {
        gaps.add(ticks);
        ticks = 0;
        breaker.failed();
      }
    }
    return gaps;
  }

  @Test
  void letsRunLessAndLessOftenAfterSoManyFailuresInARow() {
    assertThat(gaps(new Breaker(5, TEN), 11)).containsExactly(1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 10);
  }

  @ParameterizedTest
  @CsvSource({"10, 10", "360, 10", "361, 9", "900, 4", "1800, 2", "1801, 1", "86400, 1"})
  void atTheLeastOnceAnHourAndNeverMoreOftenThanItsInterval(int seconds, int most) {
    assertThat(gaps(new Breaker(1, Duration.ofSeconds(seconds)), 20)).endsWith(most);
    assertThat(new Breaker(1, Duration.ofSeconds(seconds)).mostIntervals()).isEqualTo(most);
  }

  @Test
  void oneGoodRunEndsIt() {
    Breaker breaker = new Breaker(2, TEN);
    gaps(breaker, 6);
    assertThat(breaker.open()).isTrue();
    assertThat(breaker.failures()).isEqualTo(6);

    assertThat(breaker.close()).isTrue();
    assertThat(breaker.open()).isFalse();
    assertThat(gaps(breaker, 3)).containsExactly(1, 1, 2);
  }

  @Test
  void saysOnceThatItOpensAndThatItCloses() {
    Breaker breaker = new Breaker(2, TEN);
    assertThat(breaker.close()).isFalse();
    assertThat(breaker.failed()).isFalse();
    assertThat(breaker.failed()).isTrue();
    assertThat(breaker.failed()).isFalse();
    assertThat(breaker.close()).isTrue();
    assertThat(breaker.close()).isFalse();
  }

  @Test
  void failuresThatAreNotInARowDoNotOpenIt() {
    Breaker breaker = new Breaker(2, TEN);
    for (int i = 0; i < 10; i++) {
      assertThat(breaker.failed()).isFalse();
      breaker.close();
    }
    assertThat(breaker.lets()).isTrue();
  }

  @Test
  void switchedOffItAlwaysLets() {
    assertThat(gaps(new Breaker(0, TEN), 100)).containsOnly(1);
    assertThat(gaps(Breaker.never(), 100)).containsOnly(1);
  }
}
