package io.loda.agent.timers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SplayTest {

  private static final Duration TEN = Duration.ofSeconds(10);
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");

  @Test
  void isTheSameForTheSameJobOnTheSameHost() {
    assertThat(splay("web1", "ns|demo")).isEqualTo(splay("web1", "ns|demo"));
  }

  @Test
  void liesInsideTheIntervalAndDiffersBetweenHostsAndJobs() {
    Set<Duration> splays = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      splays.add(splay("web" + i, "ns|demo"));
      splays.add(splay("web", "ns|demo" + i));
    }

    assertThat(splays)
        .hasSizeGreaterThan(150)
        .allMatch(splay -> !splay.isNegative() && splay.compareTo(TEN) < 0);
  }

  @Test
  void longIntervalIsOneOfTheClockWheneverTheAgentStarts() {
    Duration day = Duration.ofDays(1);
    Instant due = NOW.plus(Splay.of("web1", "ns|demo", day, NOW));

    for (Instant start = NOW; start.isBefore(due); start = start.plus(Duration.ofHours(1))) {
      assertThat(start.plus(Splay.of("web1", "ns|demo", day, start))).isEqualTo(due);
    }
    assertThat(due.plus(Splay.of("web1", "ns|demo", day, due.plusMillis(1))))
        .isEqualTo(due.plus(day).minusMillis(1));
  }

  private static Duration splay(String hostname, String key) {
    return Splay.of(hostname, key, TEN, NOW);
  }
}
