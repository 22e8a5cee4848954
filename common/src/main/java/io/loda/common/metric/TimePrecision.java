package io.loda.common.metric;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What a timestamp counts. A metric's own counts seconds. */
public enum TimePrecision {
  NANOSECONDS(1_000_000_000, "ns n"),
  MICROSECONDS(1_000_000, "us u µ"),
  MILLISECONDS(1_000, "ms"),
  SECONDS(1, "s"),
  MINUTES(-60, "m"),
  HOURS(-3600, "h"),

  /**
   * Told by its size: today is 1.8e9 in seconds and a thousand times as much in each finer unit, so
   * that the years 1973 to 5138 can't be mistaken. Plugins print seconds, what was made for
   * InfluxDB prints nanoseconds, and JavaScript knows milliseconds.
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
   * The precision of InfluxDB's name for it ({@code ns}, {@code n}, {@code us}, {@code u}, {@code
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

  /** How many of these are a second; for those that are no longer than one. */
  public long unitsPerSecond() {
    if (perSecond < 1) {
      throw new IllegalStateException(this + " is no part of a second");
    }
    return perSecond;
  }

  /**
   * A timestamp of any size in whole seconds, its unit told by its size; 0 for one that is no
   * number.
   */
  static long secondsBySize(double timestamp) {
    double unit = 1;
    while (unit < NANOSECONDS.perSecond && Math.abs(timestamp) / unit >= SECONDS_BELOW) {
      unit *= 1000;
    }
    return (long) Math.floor(timestamp / unit);
  }

  /** A timestamp in whole seconds, rounded down; the nearest that there is where none fits. */
  long toSeconds(long timestamp) {
    if (this == BY_SIZE) {
      long size = Math.abs(timestamp);
      long unit = 1;
      // the smallest number has no absolute one
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
