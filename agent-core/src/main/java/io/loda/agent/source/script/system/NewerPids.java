package io.loda.agent.source.script.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/**
 * Which numbers processes can have that started after another one. Linux gives them in turn, from 1
 * to {@code pid_max} and then from the beginning, so that for a short run few of a host's processes
 * need to be looked at.
 */
public final class NewerPids {

  /** No host starts more processes than this in a millisecond. */
  private static final long MOST_A_MILLISECOND = 200;

  /** What may start while one looks. */
  private static final long SLACK = 4096;

  /** Of these each is looked at by itself: cheaper than a list of all processes. */
  private static final long FEW = 128;

  /** As few numbers as a host may have. */
  private static final long FEWEST_OF_A_HOST = 30_000;

  private NewerPids() {}

  /**
   * The number that was given last, where only a few were since this one.
   *
   * @return negative: perhaps more
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
    String load = KernelFile.read(Path.of("/proc/loadavg")).strip();
    return Long.parseLong(load.substring(load.lastIndexOf(' ') + 1));
  }

  /** All numbers, when it is so long ago that they may have been given twice. */
  public static LongPredicate than(long pid, long nanosAgo) {
    try {
      return than(
          pid,
          TimeUnit.NANOSECONDS.toMillis(nanosAgo),
          lastGiven(),
          Long.parseLong(KernelFile.read(Path.of("/proc/sys/kernel/pid_max")).strip()));
    } catch (IOException | NumberFormatException e) {
      return other -> true;
    }
  }

  /**
   * The same.
   *
   * @param last the number that was given last
   * @param most the largest that is given
   */
  static LongPredicate than(long pid, long millisAgo, long last, long most) {
    long newer = Math.floorMod(last - pid, most) + SLACK;
    if (millisAgo * MOST_A_MILLISECOND > most - SLACK || newer >= most) {
      return other -> true;
    }
    return other -> Math.floorMod(other - pid, most) <= newer;
  }
}
