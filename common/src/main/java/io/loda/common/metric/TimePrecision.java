package io.loda.common.metric;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The unit of a timestamp. The timestamps of {@code Metric} are in seconds. */
public enum TimePrecision {
  NANOSECONDS(1_000_000_000, "ns n"),
  MICROSECONDS(1_000_000, "us u µ"),
  MILLISECONDS(1_000, "ms"),
  SECONDS(1, "s"),
  MINUTES(-60, "m"),
  HOURS(-3600, "h"),

  /**
   * The timestamp's size tells its unit: now is 1.8e9 in seconds and a thousand times as much in
   * each finer unit, so the years 1973 to 5138 are unambiguous. Plugins print seconds, tools made
   * for InfluxDB nanoseconds, and JavaScript milliseconds.
   */
  BY_SIZE(0, "");

  private static final long SECONDS_BELOW = 100_000_000_000L;

  private final long perSecond;
  private final String names;

  TimePrecision(long perSecond, String names) {
    this.perSecond = perSecond;
    this.names = names;
  }

  /**
   * Returns the precision of InfluxDB's name ({@code ns}, {@code n}, {@code us}, {@code u}, {@code
   * ms}, {@code s}, {@code m}, {@code h}).
   *
   * @throws IllegalArgumentException for an unknown one; lists the known ones
   */
  public static TimePrecision named(String name) {
    return Arrays.stream(values())
        .filter(precision -> precision.names().contains(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected one of "
                        + Arrays.stream(values())
                            .filter(precision -> precision != BY_SIZE)
                            .map(precision -> precision.names().get(0))
                            .collect(Collectors.joining(", "))
                        + ", found \""
                        + name
                        + '"'));
  }

  private List<String> names() {
    return names.isEmpty() ? List.of() : List.of(names.split(" ", -1));
  }

  /** Returns how many of these units make a second; only for units of at most a second. */
  public long unitsPerSecond() {
    if (perSecond < 1) {
      throw new IllegalStateException(this + " is no part of a second");
    }
    return perSecond;
  }

  /** Returns a timestamp in whole seconds; its size tells its unit. Returns 0 for NaN. */
  static long secondsBySize(double timestamp) {
    double unit = 1;
    while (unit < NANOSECONDS.perSecond && Math.abs(timestamp) / unit >= SECONDS_BELOW) {
      unit *= 1000;
    }
    return (long) Math.floor(timestamp / unit);
  }

  /**
   * Returns a timestamp in whole seconds, rounded down; the nearest possible one if it doesn't fit.
   */
  long toSeconds(long timestamp) {
    if (this == BY_SIZE) {
      long size = Math.abs(timestamp);
      long unit = 1;
      // the smallest long has no absolute value
      while (unit < NANOSECONDS.perSecond && (size < 0 || size / unit >= SECONDS_BELOW)) {
        unit *= 1000;
      }
      return Math.floorDiv(timestamp, unit);
    }
    if (perSecond > 0) {
      return Math.floorDiv(timestamp, perSecond);
    }
    try {
      return Math.multiplyExact(timestamp, -perSecond);
    } catch (ArithmeticException e) {
      return timestamp < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }
}
