package io.loda.agent.builtin.kit;

import java.util.OptionalDouble;

/**
 * How long a processor, or all of them, did what, in ticks.
 *
 * @param user in programs, nice ones included
 * @param total all of it. Without the guests' time, which the kernel counts as user time, too
 */
public record CpuTimes(long user, long system, long idle, long iowait, long steal, long total) {

  /** Reads what follows {@code cpu} in {@code /proc/stat}; older kernels have fewer columns. */
  public static CpuTimes of(TextCursor line) {
    long user = line.nextNumber();
    long nice = line.nextNumber();
    long system = line.nextNumber();
    long idle = line.nextNumber();
    long iowait = next(line);
    long interrupts = next(line) + next(line);
    long steal = next(line);
    return new CpuTimes(
        user + nice,
        system,
        idle,
        iowait,
        steal,
        user + nice + system + idle + iowait + interrupts + steal);
  }

  private static long next(TextCursor line) {
    return line.nextField() ? line.number() : 0;
  }

  /**
   * What share of the time went to one of them, in percent.
   *
   * @return empty when a counter went back, as idle and I/O wait do on some kernels, or stood still
   */
  public static OptionalDouble share(
      long before, long now, CpuTimes totalBefore, CpuTimes totalNow) {
    long part = Counter.grown(before, now);
    long whole = Counter.grown(totalBefore.total, totalNow.total);
    if (part == Counter.RESET || whole <= 0 || part > whole) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(TwoDecimals.percent(part, whole));
  }
}
