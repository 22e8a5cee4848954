package io.loda.agent.builtin.kit;

import java.util.OptionalDouble;

/**
 * The times of one or all processors by state, in ticks.
 *
 * @param user in programs, including nice ones
 * @param total of all states, without the time of guests, which the kernel counts as user time too
 */
public record CpuTimes(long user, long system, long idle, long iowait, long steal, long total) {

  /** Parses what follows {@code cpu} in {@code /proc/stat}; older kernels have fewer columns. */
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
   * Returns the share of time in one state, in percent.
   *
   * @return empty if a counter went back, as idle and I/O wait do on some kernels, or nothing was
   *     counted
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
