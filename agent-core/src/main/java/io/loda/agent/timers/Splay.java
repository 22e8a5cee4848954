package io.loda.agent.timers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.zip.CRC32C;

/**
 * Spreads the first runs of jobs over their intervals, so that neither a fleet nor a host's own
 * jobs run in step. A job has always the same place in its interval on the same host.
 */
public final class Splay {

  /** A job with this interval or more may be restarted more often than it runs. */
  private static final Duration LONG = Duration.ofMinutes(10);

  private Splay() {}

  /**
   * Returns the delay of the first run, which is less than the interval. Long intervals are counted
   * by the wall clock and not from the start: else a daily job would never run on a host where the
   * agent restarts each hour.
   */
  public static Duration of(String hostname, String key, Duration interval, Instant now) {
    CRC32C hash = new CRC32C();
    hash.update((hostname + '\n' + key).getBytes(UTF_8));
    long start = interval.compareTo(LONG) < 0 ? 0 : now.toEpochMilli();
    return Duration.ofMillis(Math.floorMod(hash.getValue() - start, interval.toMillis()));
  }
}
