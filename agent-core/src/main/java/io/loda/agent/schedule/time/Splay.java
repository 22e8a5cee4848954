package io.loda.agent.schedule.time;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.zip.CRC32C;

/**
 * When a job runs first: somewhere in its interval, always the same place on the same host, so that
 * neither a fleet nor a host's own jobs start in step.
 */
public final class Splay {

  /** From here on a job may be started anew more often than it runs. */
  private static final Duration LONG = Duration.ofMinutes(10);

  private Splay() {}

  /**
   * How long from now until it runs first, less than the interval. A long interval is one of the
   * wall clock, whenever the agent starts: counted from the start, what is due once a day would
   * never run where the agent is started anew each hour.
   */
  public static Duration of(String hostname, String key, Duration interval, Instant now) {
    CRC32C hash = new CRC32C();
    hash.update((hostname + '\n' + key).getBytes(UTF_8));
    long start = interval.compareTo(LONG) < 0 ? 0 : now.toEpochMilli();
    return Duration.ofMillis(Math.floorMod(hash.getValue() - start, interval.toMillis()));
  }
}
