package io.loda.agent.source.script.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loda.agent.source.script.system.ProcFile;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A control group (cgroup v2), used for one run after another. A process can't leave it unless it
 * may write to another group's list, as root and the owner of the agent's groups may. One thread at
 * a time.
 */
public final class RunGroup implements AutoCloseable {

  /** Stands for no group: the run's processes are found in other ways. */
  public static final RunGroup NONE = new RunGroup(null, false, group -> {});

  private static final String CPU = "usage_usec ";
  private static final String KILLED = "oom_kill ";

  private final @Nullable Path folder;
  private final boolean limited;
  private final Consumer<RunGroup> giveBack;

  /** The counters at the start of this run. */
  private long cpuBefore;

  private long cpuEver;
  private long killedBefore;

  /**
   * Creates it for an empty group.
   *
   * @param limited true: the kernel limits its memory
   * @param giveBack gets it when the run is over and it is empty
   */
  RunGroup(@Nullable Path folder, boolean limited, Consumer<RunGroup> giveBack) {
    this.folder = folder;
    this.limited = limited;
    this.giveBack = giveBack;
  }

  public boolean exists() {
    return folder != null;
  }

  /** Returns whether it still exists: somebody may have removed it. */
  boolean isThere() {
    return folder != null && Files.isDirectory(folder);
  }

  /** Returns the file that a process writes 0 to, to enter the group; empty: there is no group. */
  public String entry() {
    return folder == null ? "" : folder.resolve("cgroup.procs").toString();
  }

  /** Returns its folder; null: there is no group. */
  public @Nullable Path folder() {
    return folder;
  }

  /** Returns the processes in it, without zombies. */
  public List<Long> pids() {
    return read("cgroup.procs").lines().map(Long::parseLong).toList();
  }

  /** Returns whether no process is in it or in groups below it. */
  public boolean isEmpty() {
    return read("cgroup.events").contains("populated 0");
  }

  /** Returns the processor time of all its processes during this run. */
  long cpuMicros() {
    // 0 if somebody removed the group
    cpuEver = Math.max(cpuEver, number("cpu.stat", CPU));
    return cpuEver - cpuBefore;
  }

  /** Returns whether the kernel killed processes of this run for their memory. */
  public boolean ranOutOfMemory() {
    return killedEver() > killedBefore;
  }

  private long killedEver() {
    return limited ? number("memory.events", KILLED) : 0;
  }

  // the kernel sums over all processors, which is expensive: so read it once a run
  private long number(String file, String name) {
    return read(file)
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.substring(name.length())))
        .findFirst()
        .orElse(0);
  }

  /**
   * Sends SIGKILL to all processes at once by {@code cgroup.kill}, so that none can fork meanwhile,
   * and then to each: the former misses a process whose main thread has ended.
   *
   * @return false: the kernel has no {@code cgroup.kill}
   */
  boolean kill() {
    boolean atOnce = killAtOnce();
    if (folder != null) {
      killEach(folder);
    }
    return atOnce;
  }

  private static void killEach(Path group) {
    try {
      ProcFile.read(group.resolve("cgroup.procs"))
          .lines()
          // 0: the process is in a PID namespace that isn't visible from here
          .mapToLong(Long::parseLong)
          .filter(pid -> pid > 0)
          .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      try (DirectoryStream<Path> below = Files.newDirectoryStream(group, Files::isDirectory)) {
        below.forEach(RunGroup::killEach);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // the group was removed meanwhile, so it is empty
    }
  }

  private boolean killAtOnce() {
    if (folder == null || !Files.exists(folder.resolve("cgroup.kill"))) {
      return false; // before Linux 5.14
    }
    try {
      Files.writeString(folder.resolve("cgroup.kill"), "1", US_ASCII);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    // a process that hangs in the kernel keeps its group, and the next run gets another one
    if (folder != null && isEmpty()) {
      cpuBefore = cpuEver;
      killedBefore = killedEver();
      giveBack.accept(this);
    }
  }

  private String read(String file) {
    if (folder == null) {
      return "";
    }
    try {
      return ProcFile.read(folder.resolve(file));
    } catch (IOException e) {
      return "";
    }
  }
}
