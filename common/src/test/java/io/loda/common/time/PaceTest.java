package io.loda.common.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {

  private long nanos = Long.MAX_VALUE - 1;

  @Test
  void theNextWaitsForThoseBeforeIt() {
    Pace pace = new Pace(1000, Duration.ZERO, () -> nanos);
    assertThat(pace.waitNanos()).isZero();
    pace.add(500);
    assertThat(pace.waitNanos()).isEqualTo(Duration.ofMillis(500).toNanos());
    nanos += Duration.ofSeconds(10).toNanos();
    assertThat(pace.waitNanos()).isZero();
    pace.add(2000);
    assertThat(pace.waitNanos()).isEqualTo(Duration.ofSeconds(2).toNanos());
  }

  @Test
  void timeThatNobodyUsedIsMadeUpForOnlyInPart() {
    Pace pace = new Pace(1000, Duration.ofMillis(100), () -> nanos);
    nanos += Duration.ofSeconds(10).toNanos();
    pace.add(100);
    assertThat(pace.waitNanos()).isZero();
    pace.add(500);
    assertThat(pace.waitNanos()).isEqualTo(Duration.ofMillis(500).toNanos());
  }

  @Test
  void zeroIsUnlimited() {
    Pace pace = new Pace(0, Duration.ZERO, () -> nanos);
    pace.add(1 << 30);
    assertThat(pace.waitNanos()).isZero();
  }
}
