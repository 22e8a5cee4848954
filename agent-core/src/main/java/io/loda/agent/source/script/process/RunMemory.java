package io.loda.agent.source.script.process;

import io.loda.agent.source.script.system.ProcFile;
import io.loda.agent.source.script.system.ProcessStat;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Adds up the memory of a run's processes: their anonymous memory, resident or swapped. Pages of
 * programs and files don't count, as the kernel can reclaim them.
 *
 * <p>{@code status} counts a page that processes share, as after a fork, once for each; it is read
 * at each look. Only if the sum is too large, {@code smaps_rollup} is read, which divides shared
 * pages but costs the kernel a walk over all of them.
 *
 * <p>The limit is a run's: with one for each process, four processes could use four times as much,
 * and {@code RLIMIT_AS} counts addresses that a JVM reserves and never touches. A run that takes
 * everything between two looks (250 ms, 50 ms from an eighth of its limit on) is seen too late;
 * {@code oom_score_adj} 1000 makes it the first that the kernel kills.
 */
public final class RunMemory {

  /** Page tables count too: reading scattered addresses creates them without any write. */
  private static final String TABLES = "\nVmPTE:";

  private long kilobytes;

  /**
   * Adds a process.
   *
   * @param status its file {@code status}
   */
  public void add(String status) {
    kilobytes +=
        number(status, "\nRssAnon:")
            + number(status, "\nRssShmem:")
            + number(status, "\nVmSwap:")
            + number(status, TABLES);
  }

  /** Returns the sum, an upper bound. */
  public long kilobytes() {
    return kilobytes;
  }

  /** Returns the memory of these processes together, with each shared page counted once. */
  public static long exactKilobytes(Iterable<Long> pids) {
    long sum = 0;
    for (long pid : pids) {
      Path process = ProcessStat.living(pid);
      try {
        sum += exact(process);
      } catch (IOException e) {
        // the process has ended
      }
    }
    return sum;
  }

  private static long exact(Path process) throws IOException {
    String rollup;
    try {
      rollup = ProcFile.read(process.resolve("smaps_rollup"));
    } catch (IOException e) {
      rollup = "";
    }
    if (rollup.contains("\nPss_Anon:")) {
      return number(rollup, "\nPss_Anon:")
          + number(rollup, "\nPss_Shmem:")
          + number(rollup, "\nSwapPss:")
          + number(ProcFile.read(process.resolve("status")), TABLES);
    }
    // before Linux 5.4, or not permitted
    RunMemory status = new RunMemory();
    status.add(ProcFile.read(process.resolve("status")));
    return status.kilobytes();
  }

  /** Returns the number in a line of such a file; 0: there is no such line. */
  public static long number(String text, String name) {
    int at = text.indexOf(name);
    if (at < 0) {
      return 0;
    }
    int begin = at + name.length();
    while (begin < text.length() && (text.charAt(begin) == ' ' || text.charAt(begin) == '\t')) {
      begin++;
    }
    int end = begin;
    while (end < text.length() && Character.isDigit(text.charAt(end))) {
      end++;
    }
    return end == begin ? 0 : Long.parseLong(text.substring(begin, end));
  }
}
