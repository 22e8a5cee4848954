package io.loda.agent.source.script.process;

import io.loda.agent.source.script.result.RunUsage;
import io.loda.agent.source.script.system.KernelFile;
import io.loda.agent.source.script.system.ProcessStat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Measures what a run takes. It looks after 4 ms, 8 ms, 16 ms… and then four times a second, twenty
 * times where memory is near its limit, at the processes that are there: what a look costs is small
 * against what they do. One thread measures.
 *
 * <p>With a control group the processor time is the kernel's own, to the microsecond. Without one
 * it is what was seen at the last look, in steps of 10 ms: of the program, the descendants that
 * hang on it, and those that it waited for. The largest process is by the peak that the kernel
 * keeps for each process seen; one that came and went between two looks, and what grew after the
 * last, is missing.
 */
final class UsageMeter {

  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long OFTEN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Who has a share of what it may have by now could have all of it soon. */
  private static final long MUCH = 8;

  /** Linux shows user space 100 a second on every machine. */
  private static final long MILLIS_PER_TICK = 10;

  /** The state of a process that runs, or would if there were a processor for it. */
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
   * @param maxMemoryBytes what its processes may have of memory, all together
   */
  UsageMeter(ProcessTree tree, RunGroup group, long maxMemoryBytes) {
    this.tree = tree;
    this.group = group;
    this.maxMemoryKilobytes = maxMemoryBytes / 1024;
  }

  /** Looks when it is time to. */
  void lookWhenDue() {
    long elapsed = System.nanoTime() - start;
    if (elapsed >= due) {
      look();
      long longest = memoryKilobytes > maxMemoryKilobytes / MUCH ? OFTEN_NANOS : LONGEST_NANOS;
      due = elapsed + Math.min(elapsed, longest);
    }
  }

  /** How long until it is time to, at least one. */
  long millisToNextLook() {
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(due - (System.nanoTime() - start)));
  }

  /** Looks now. */
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
        String status = KernelFile.read(stat.living(process).resolve("status"));
        maxRssKilobytes = Math.max(maxRssKilobytes, RunMemory.number(status, "\nVmHWM:"));
        seen += RunMemory.number(status, "\nThreads:");
        memory.add(status);
      } catch (IOException e) {
        // it has ended
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

  /** What its processes had of memory at the last look, where that is too much; else 0. */
  long tooMuchMemoryKilobytes() {
    return memoryKilobytes > maxMemoryKilobytes ? memoryKilobytes : 0;
  }

  /** Those that there were at the last look. */
  Set<Long> processes() {
    return processes;
  }

  /** How many processes there were at the last look, each thread counted. From any thread. */
  long tasks() {
    return tasks;
  }

  /** Whether it burns processor time rather than that it waits for something. */
  boolean burns() {
    return load.burns();
  }

  /** What was seen. */
  RunUsage usage(int leftovers, int kept) {
    long millis = group.exists() ? group.cpuMicros() / 1000 : cpuTicks * MILLIS_PER_TICK;
    return new RunUsage(millis, maxRssKilobytes, leftovers, kept, "");
  }
}
