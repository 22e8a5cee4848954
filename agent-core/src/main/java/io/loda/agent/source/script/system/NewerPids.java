package io.loda.agent.source.script.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/**
 * Tells which pids the processes may have that started after another one. Linux assigns pids in
 * order, up to {@code pid_max} and then from the beginning, so for a short run only few of the
 * host's processes must be examined.
 */
public final class NewerPids {

  /** An upper bound of the processes that a host starts in a millisecond. */
  private static final long MOST_A_MILLISECOND = 200;

  /** How many may start while the processes are examined. */
  private static final long SLACK = 4096;

  /** Up to this many pids are examined one by one, which is cheaper than listing all processes. */
  private static final long FEW = 128;

  /** The smallest {@code pid_max}. */
  private static final long FEWEST_OF_A_HOST = 30_000;

  private NewerPids() {}

  /**
   * Returns the newest pid, if only a few were assigned since this one.
   *
   * @return negative: there may be more
   */
  public static long lastOfFew(long pid, long nanosAgo) {
    if (TimeUnit.NANOSECONDS.toMillis(nanosAgo) * MOST_A_MILLISECOND > FEWEST_OF_A_HOST) {
      return -1;
    }
    try {
      long last = lastGiven();
      return last >= pid && last - pid <= FEW ? last : -1;
    } catch (IOException | NumberFormatException e) {
      return -1;
    }
  }

  private static long lastGiven() throws IOException {
    String load = ProcFile.read(Path.of("/proc/loadavg")).strip();
    return Long.parseLong(load.substring(load.lastIndexOf(' ') + 1));
  }

  /** Returns which pids may be newer; all, if so long has passed that pids may have wrapped. */
  public static LongPredicate than(long pid, long nanosAgo) {
    try {
      return than(
          pid,
          TimeUnit.NANOSECONDS.toMillis(nanosAgo),
          lastGiven(),
          Long.parseLong(ProcFile.read(Path.of("/proc/sys/kernel/pid_max")).strip()));
    } catch (IOException | NumberFormatException e) {
      return other -> true;
    }
  }

  /**
   * Like its overload.
   *
   * @param last the newest pid
   * @param most the largest possible pid
   */
  static LongPredicate than(long pid, long millisAgo, long last, long most) {
    long newer = Math.floorMod(last - pid, most) + SLACK;
    if (millisAgo * MOST_A_MILLISECOND > most - SLACK || newer >= most) {
      return other -> true;
    }
    return other -> Math.floorMod(other - pid, most) <= newer;
  }
}
