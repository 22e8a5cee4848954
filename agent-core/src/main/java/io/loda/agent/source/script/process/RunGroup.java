package io.loda.agent.source.script.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loda.agent.source.script.system.KernelFile;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A control group (cgroup v2) for one run after the other. What is in it can't leave it, unless it
 * may write to another group's list: root may, and who was given the agent's groups. One thread at
 * a time.
 */
public final class RunGroup implements AutoCloseable {

  /** There is none, so that other ways must do. */
  public static final RunGroup NONE = new RunGroup(null, false, group -> {});

  private static final String CPU = "usage_usec ";
  private static final String KILLED = "oom_kill ";

  private final @Nullable Path folder;
  private final boolean limited;
  private final Consumer<RunGroup> giveBack;

  /** What runs before this one took; nothing was in it since. */
  private long cpuBefore;

  private long cpuEver;
  private long killedBefore;

  /**
   * An empty group.
   *
   * @param limited whether the kernel limits its memory
   * @param giveBack takes it when the run is over and nothing is left in it
   */
  RunGroup(@Nullable Path folder, boolean limited, Consumer<RunGroup> giveBack) {
    this.folder = folder;
    this.limited = limited;
    this.giveBack = giveBack;
  }

  public boolean exists() {
    return folder != null;
  }

  /** Whether it is there still: what somebody removed is of no use any more. */
  boolean isThere() {
    return folder != null && Files.isDirectory(folder);
  }

  /** The file that a process writes 0 to, to be in it; empty when there is no group. */
  public String entry() {
    return folder == null ? "" : folder.resolve("cgroup.procs").toString();
  }

  /** Where it is; null: there is none. */
  public @Nullable Path folder() {
    return folder;
  }

  /** The processes in it, zombies excepted. */
  public List<Long> pids() {
    return read("cgroup.procs").lines().map(Long::parseLong).toList();
  }

  /** Whether nothing is left in it, nor in groups below it. */
  public boolean isEmpty() {
    return read("cgroup.events").contains("populated 0");
  }

  /** The processor time of all that was in it during this run. */
  long cpuMicros() {
    // 0 when somebody removed it
    cpuEver = Math.max(cpuEver, number("cpu.stat", CPU));
    return cpuEver - cpuBefore;
  }

  /** Whether the kernel ended processes of this run because they had too much memory. */
  public boolean ranOutOfMemory() {
    return killedEver() > killedBefore;
  }

  private long killedEver() {
    return limited ? number("memory.events", KILLED) : 0;
  }

  // the kernel adds up what all processors saw: it isn't for nothing, so once a run
  private long number(String file, String name) {
    return read(file)
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.substring(name.length())))
        .findFirst()
        .orElse(0);
  }

  /**
   * SIGKILL to all at once, so that none can fork meanwhile, and to each. The kernel's own way
   * misses a process whose main thread has ended while another thread of it lives.
   *
   * @return false where the kernel can't do it at once
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
      KernelFile.read(group.resolve("cgroup.procs"))
          .lines()
          // 0: in a namespace that isn't seen from here
          .mapToLong(Long::parseLong)
          .filter(pid -> pid > 0)
          .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      try (DirectoryStream<Path> below = Files.newDirectoryStream(group, Files::isDirectory)) {
        below.forEach(RunGroup::killEach);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // removed meanwhile: then it is empty
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
    // what SIGKILL doesn't end (it hangs in the kernel) keeps its group, and the next run has
    // another
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
      return KernelFile.read(folder.resolve(file));
    } catch (IOException e) {
      return "";
    }
  }
}
