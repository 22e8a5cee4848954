package io.loda.agent.source.script.process;

import io.loda.agent.source.script.system.KernelFile;
import io.loda.agent.source.script.system.ProcessStat;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Adds up the memory of a run's processes: what they hold and no file has, in memory or swapped
 * out. What they have of programs and files the kernel takes back when it needs it.
 *
 * <p>What {@code status} says counts a page that several processes share, as after a fork, for each
 * of them. It is read at each look; only where that comes to too much is {@code smaps_rollup},
 * which shares a page out among them, and which costs the kernel a walk through all of them.
 */
public final class RunMemory {

  /** Who only reads, far apart, of what nobody wrote has pages of the kernel's for it. */
  private static final String TABLES = "\nVmPTE:";

  private long kilobytes;

  /** Adds a process, by its {@code status}. */
  public void add(String status) {
    kilobytes +=
        number(status, "\nRssAnon:")
            + number(status, "\nRssShmem:")
            + number(status, "\nVmSwap:")
            + number(status, TABLES);
  }

  /** At most so much. */
  public long kilobytes() {
    return kilobytes;
  }

  /** What these processes have together, each shared page once. */
  public static long exactKilobytes(Iterable<Long> pids) {
    long sum = 0;
    for (long pid : pids) {
      Path process = ProcessStat.living(pid);
      try {
        sum += exact(process);
      } catch (IOException e) {
        // it has ended
      }
    }
    return sum;
  }

  private static long exact(Path process) throws IOException {
    String rollup;
    try {
      rollup = KernelFile.read(process.resolve("smaps_rollup"));
    } catch (IOException e) {
      rollup = "";
    }
    if (rollup.contains("\nPss_Anon:")) {
      return number(rollup, "\nPss_Anon:")
          + number(rollup, "\nPss_Shmem:")
          + number(rollup, "\nSwapPss:")
          + number(KernelFile.read(process.resolve("status")), TABLES);
    }
    // before Linux 5.4, or not ours to look into
    RunMemory status = new RunMemory();
    status.add(KernelFile.read(process.resolve("status")));
    return status.kilobytes();
  }

  /** The number in a line of such a file; 0 where there is none. */
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
