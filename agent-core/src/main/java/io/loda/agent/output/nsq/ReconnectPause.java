package io.loda.agent.output.nsq;

import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Pauses between tries to connect: 0.1 s, doubling up to 30 s, each shortened by up to a third at
 * random so that a fleet doesn't come back in step. A name that isn't known is asked for again
 * within 3 s: asking costs the server nothing.
 */
final class ReconnectPause {

  static final Duration FIRST = Duration.ofMillis(100);

  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final Duration LONGEST_FOR_NAMES = Duration.ofSeconds(3);

  private final Duration first;
  private final Duration longest;
  private Duration pause;

  ReconnectPause(Duration first) {
    this.first = first;
    this.longest = first.compareTo(LONGEST) > 0 ? first : LONGEST;
    this.pause = first;
  }

  Duration next(Throwable reason) {
    Duration most = isUnknownHost(reason) ? LONGEST_FOR_NAMES : longest;
    Duration now = min(pause, most);
    pause = min(pause.multipliedBy(2), most);
    long millis = now.toMillis();
    return Duration.ofMillis(millis - ThreadLocalRandom.current().nextLong(millis / 3 + 1));
  }

  void reset() {
    pause = first;
  }

  private static boolean isUnknownHost(Throwable reason) {
    return reason instanceof UnknownHostException;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
