package io.loda.agent.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SplayTest {

  private static final Duration TEN = Duration.ofSeconds(10);

  @Test
  void isTheSameForTheSameJobOnTheSameHost() {
    assertThat(Splay.of("web1", "ns|demo", TEN)).isEqualTo(Splay.of("web1", "ns|demo", TEN));
  }

  @Test
  void liesInsideTheIntervalAndDiffersBetweenHostsAndJobs() {
    Set<Duration> splays = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      splays.add(Splay.of("web" + i, "ns|demo", TEN));
      splays.add(Splay.of("web", "ns|demo" + i, TEN));
    }

    assertThat(splays)
        .hasSizeGreaterThan(150)
        .allMatch(splay -> !splay.isNegative() && splay.compareTo(TEN) < 0);
  }
}
