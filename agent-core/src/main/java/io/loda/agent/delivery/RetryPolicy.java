package io.loda.agent.delivery;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Pauses between tries: 0.1 s, doubling up to 2 s, each shortened by up to a third at random. */
final class RetryPolicy {

  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private Duration pause = FIRST;

  Duration next() {
    Duration now = pause;
    pause = pause.compareTo(LONGEST.dividedBy(2)) < 0 ? pause.multipliedBy(2) : LONGEST;
    long millis = now.toMillis();
    return Duration.ofMillis(millis - ThreadLocalRandom.current().nextLong(millis / 3 + 1));
  }

  void reset() {
    pause = FIRST;
  }
}
