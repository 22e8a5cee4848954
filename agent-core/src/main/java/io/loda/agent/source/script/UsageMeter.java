package io.loda.agent.source.script;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures what a run takes. It looks after 4 ms, 8 ms, 16 ms… and then four times a second, at the
 * processes that are there: what a look costs is small against what they do. One thread measures.
 *
 * <p>With a control group the processor time is the kernel's own, to the microsecond. Without one
 * it is what was seen at the last look, in steps of 10 ms: of the program, the descendants that
 * hang on it, and those that it waited for. Memory is the peak that the kernel keeps for each
 * process seen; one that came and went between two looks, and what grew after the last, is missing.
 */
final class UsageMeter {

  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** One with more is looked at in part; it has worse problems. */
  private static final int MOST_PROCESSES = 64;

  /** Linux shows user space 100 a second on every machine. */
  private static final long MILLIS_PER_TICK = 10;

  private final long leader;
  private final RunGroup group;
  private final long start = System.nanoTime();
  private long due = FIRST_NANOS;
  private long cpuTicks;
  private long maxRssKilobytes;
  private volatile long tasks = 1;

  /** A meter of what this process starts. */
  UsageMeter(long leader, RunGroup group) {
    this.leader = leader;
    this.group = group;
  }

  /** Looks when it is time to. */
  void lookWhenDue() {
    long elapsed = System.nanoTime() - start;
    if (elapsed >= due) {
      look();
      due = elapsed + Math.min(elapsed, LONGEST_NANOS);
    }
  }

  /** Looks now. */
  void look() {
    long ticks = 0;
    long seen = 0;
    for (long pid : group.exists() ? group.pids() : family()) {
      Path process = ProcessStat.folder(pid);
      try {
        if (!group.exists()) {
          ticks += ProcessStat.read(process).cpuTicks();
        }
        String status = KernelFile.read(process.resolve("status"));
        maxRssKilobytes = Math.max(maxRssKilobytes, number(status, "\nVmHWM:", " kB"));
        seen += number(status, "\nThreads:", "\n");
      } catch (IOException e) {
        // it has ended
      }
    }
    cpuTicks = Math.max(cpuTicks, ticks);
    tasks = seen;
  }

  /** How many processes there were at the last look, each thread counted. From any thread. */
  long tasks() {
    return tasks;
  }

  /** What was seen. */
  RunUsage usage(int leftovers) {
    long millis = group.exists() ? group.cpuMicros() / 1000 : cpuTicks * MILLIS_PER_TICK;
    return new RunUsage(millis, maxRssKilobytes, leftovers);
  }

  private static long number(String status, String name, String unit) {
    int at = status.indexOf(name);
    int end = at < 0 ? -1 : status.indexOf(unit, at + 1);
    return end < 0 ? 0 : Long.parseLong(status.substring(at + name.length(), end).strip());
  }

  private List<Long> family() {
    List<Long> all = new ArrayList<>(List.of(leader));
    for (int i = 0; i < all.size() && all.size() < MOST_PROCESSES; i++) {
      String pid = Long.toString(all.get(i));
      Path children = Path.of("/proc", pid, "task", pid, "children");
      try {
        for (String child : KernelFile.read(children).strip().split(" ", -1)) {
          if (!child.isEmpty()) {
            all.add(Long.parseLong(child));
          }
        }
      } catch (IOException e) {
        // ended, or a kernel that doesn't tell
      }
    }
    return all;
  }
}
