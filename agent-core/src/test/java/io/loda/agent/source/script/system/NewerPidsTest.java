package io.loda.agent.source.script.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

class NewerPidsTest {

  private static final long MOST = 4_194_304;

  @Test
  void areThoseAfterItUpToTheLast() {
    LongPredicate newer = NewerPids.than(100_000, 20, 100_005, MOST);

    assertThat(newer.test(99_999)).isFalse();
    assertThat(newer.test(100_000)).isTrue();
    assertThat(newer.test(100_005)).isTrue();
    assertThat(newer.test(100_100)).as("started while one looks").isTrue();
    assertThat(newer.test(200_000)).isFalse();
    assertThat(newer.test(1)).isFalse();
  }

  @Test
  void goOnFromTheBeginning() {
    LongPredicate newer = NewerPids.than(MOST - 2, 20, 400, MOST);

    assertThat(newer.test(MOST - 3)).isFalse();
    assertThat(newer.test(MOST - 1)).isTrue();
    assertThat(newer.test(301)).isTrue();
    assertThat(newer.test(100_000)).isFalse();
  }

  @Test
  void areAllWhenTheNumbersMayHaveBeenGivenTwice() {
    assertThat(NewerPids.than(100_000, 60_000, 100_005, MOST).test(1)).isTrue();
    assertThat(NewerPids.than(10_000, 500, 10_005, 32_768).test(1)).isTrue();
    assertThat(NewerPids.than(10_000, 20, 9_999, 32_768).test(1)).isTrue();
  }

  @Test
  void aProcessThatJustStartedIsOne() throws Exception {
    Process first = new ProcessBuilder("sleep", "1000").start();
    Process second = new ProcessBuilder("sleep", "1000").start();
    try {
      assertThat(NewerPids.than(first.pid(), 0).test(second.pid())).isTrue();
    } finally {
      first.destroyForcibly();
      second.destroyForcibly();
    }
  }
}
