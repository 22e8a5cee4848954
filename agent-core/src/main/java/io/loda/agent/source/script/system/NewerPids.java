package io.loda.agent.source.script.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/**
 * Tells which pids processes can have that started after another one. Linux gives pids in order, up
 * to {@code pid_max} and then from the beginning, so for a short run only few of the host's
 * processes have to be looked at.
 */
public final class NewerPids {

  /** No host starts more processes in a millisecond. */
  private static final long MOST_A_MILLISECOND = 200;

  /** How many may start during a look. */
  private static final long SLACK = 4096;

  /** Up to this many pids are looked at one by one: cheaper than listing all processes. */
  private static final long FEW = 128;

  /** The smallest {@code pid_max}. */
  private static final long FEWEST_OF_A_HOST = 30_000;

  private NewerPids() {}

  /**
   * The newest pid, if only a few were given since this one.
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

  /** The pids that may be newer; all of them, if so long has passed that pids may have wrapped. */
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
   * The same.
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
