package io.loda.agent.source.script.process;

import io.loda.agent.source.script.result.RunUsage;
import io.loda.agent.source.script.system.ProcFile;
import io.loda.agent.source.script.system.ProcessStat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Measures what a run uses. It looks at the run's processes after 4 ms, 8 ms, 16 ms… and then four
 * times a second, or twenty times if memory is near its limit. One thread measures.
 *
 * <p>With a control group the processor time is the kernel's, to the microsecond. Without one it is
 * that of the last look, in steps of 10 ms: of the program, its descendants, and the children it
 * waited for. The largest process is determined by the kernel's peak of each process seen:
 * processes between two looks, and growth after the last one, are missing.
 */
final class UsageMeter {

  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long OFTEN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** At this fraction of its memory limit a run is looked at more often. */
  private static final long MUCH = 8;

  /** Linux has 100 ticks a second for user space on every machine. */
  private static final long MILLIS_PER_TICK = 10;

  /** The state of a running or runnable process. */
  private static final char RUNS = 'R';

  private final ProcessTree tree;
  private final RunGroup group;
  private final long maxMemoryKilobytes;
  private final long start = System.nanoTime();
  private long due = FIRST_NANOS;
  private long cpuTicks;
  private long maxRssKilobytes;
  private long memoryKilobytes;
  private Set<Long> processes = Set.of();
  private final RunLoad load = new RunLoad();
  private volatile long tasks = 1;

  /**
   * A meter of a run.
   *
   * @param maxMemoryBytes the limit of all its processes together
   */
  UsageMeter(ProcessTree tree, RunGroup group, long maxMemoryBytes) {
    this.tree = tree;
    this.group = group;
    this.maxMemoryKilobytes = maxMemoryBytes / 1024;
  }

  void lookWhenDue() {
    long elapsed = System.nanoTime() - start;
    if (elapsed >= due) {
      look();
      long longest = memoryKilobytes > maxMemoryKilobytes / MUCH ? OFTEN_NANOS : LONGEST_NANOS;
      due = elapsed + Math.min(elapsed, longest);
    }
  }

  /** Milliseconds until the next look, at least one. */
  long millisToNextLook() {
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(due - (System.nanoTime() - start)));
  }

  void look() {
    long ticks = 0;
    long seen = 0;
    boolean running = false;
    RunMemory memory = new RunMemory();
    processes = tree.look(!load.burns());
    for (long pid : processes) {
      Path process = ProcessStat.folder(pid);
      try {
        ProcessStat stat = ProcessStat.read(process);
        ticks += stat.cpuTicks();
        running |= stat.state() == RUNS;
        String status = ProcFile.read(stat.living(process).resolve("status"));
        maxRssKilobytes = Math.max(maxRssKilobytes, RunMemory.number(status, "\nVmHWM:"));
        seen += RunMemory.number(status, "\nThreads:");
        memory.add(status);
      } catch (IOException e) {
        // the process has ended
      }
    }
    cpuTicks = Math.max(cpuTicks, ticks);
    load.look(running, ticks, System.nanoTime() - start);
    tasks = seen;
    memoryKilobytes =
        memory.kilobytes() > maxMemoryKilobytes
            ? RunMemory.exactKilobytes(processes)
            : memory.kilobytes();
  }

  /**
   * Returns the memory of its processes at the last look if that exceeds the limit; otherwise 0.
   */
  long tooMuchMemoryKilobytes() {
    return memoryKilobytes > maxMemoryKilobytes ? memoryKilobytes : 0;
  }

  /** Returns the processes at the last look. */
  Set<Long> processes() {
    return processes;
  }

  /** Returns how many processes there were at the last look, counting each thread; any thread. */
  long tasks() {
    return tasks;
  }

  /** Returns whether the run uses processor time, rather than waiting. */
  boolean burns() {
    return load.burns();
  }

  RunUsage usage(int leftovers, int kept) {
    long millis = group.exists() ? group.cpuMicros() / 1000 : cpuTicks * MILLIS_PER_TICK;
    return new RunUsage(millis, maxRssKilobytes, leftovers, kept, "");
  }
}
