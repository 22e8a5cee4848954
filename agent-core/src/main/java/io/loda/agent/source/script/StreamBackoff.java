package io.loda.agent.source.script;

import java.time.Duration;

/**
 * How soon a stream is started again.
 *
 * @param first after it ended; twice as long each time
 * @param longest at the most
 * @param well after it ran for so long, it is the first again
 */
record StreamBackoff(Duration first, Duration longest, Duration well) {

  static final StreamBackoff DEFAULT =
      new StreamBackoff(Duration.ofSeconds(1), Duration.ofSeconds(60), Duration.ofSeconds(60));

  Duration after(Duration last) {
    Duration twice = last.multipliedBy(2);
    return twice.compareTo(longest) < 0 ? twice : longest;
  }
}
