package io.loda.agent.source.script.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunLoadTest {

  private final RunLoad load = new RunLoad();
  private long millis;
  private long ticks;

  private boolean look(long millisLater, boolean running, long ticksMore) {
    millis += millisLater;
    ticks += ticksMore;
    load.look(running, ticks, millis * 1_000_000);
    return load.burns();
  }

  @Test
  void itBurnsUntilItWasQuietForAWhile() {
    assertThat(look(4, true, 0)).isTrue();
    assertThat(look(4, false, 0)).isTrue();
    assertThat(look(8, false, 0)).as("processor time is seen in steps of 10 ms").isTrue();
    assertThat(look(16, false, 0)).isFalse();
  }

  @Test
  void whatNeverRunsWhenItIsLookedAtAndTakesTimeBurnsToo() {
    for (int i = 0; i < 20; i++) {
      assertThat(look(250, false, 3)).isTrue();
    }
  }

  @Test
  void oneThatHangsAndWakesUpNowAndThenHangs() {
    look(250, false, 0);
    assertThat(look(250, false, 0)).isFalse();
    for (int i = 0; i < 20; i++) {
      assertThat(look(250, i % 2 == 0, 0)).isFalse();
    }
  }

  @Test
  void oneThatBurnsAgainIsSeen() {
    look(250, false, 0);
    assertThat(look(250, false, 0)).isFalse();
    look(250, true, 0);
    assertThat(look(250, true, 25)).isTrue();
  }

  @Test
  void aShellBetweenTwoChildrenGoesOnBurning() {
    for (int i = 0; i < 20; i++) {
      assertThat(look(50, i % 2 == 0, 0)).isTrue();
    }
  }
}
