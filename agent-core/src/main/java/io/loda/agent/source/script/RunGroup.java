package io.loda.agent.source.script;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A control group (cgroup v2) for one run after the other: what is in it can't leave it, so it
 * holds all that a run started. One thread at a time.
 */
final class RunGroup implements AutoCloseable {

  /** There is none, so that other ways must do. */
  static final RunGroup NONE = new RunGroup(null, group -> {});

  private static final String CPU = "usage_usec ";

  private final @Nullable Path folder;
  private final Consumer<RunGroup> giveBack;

  /** What runs before this one took; nothing was in it since. */
  private long cpuBefore;

  private long cpuEver;

  /**
   * An empty group.
   *
   * @param giveBack takes it when the run is over and nothing is left in it
   */
  RunGroup(@Nullable Path folder, Consumer<RunGroup> giveBack) {
    this.folder = folder;
    this.giveBack = giveBack;
  }

  boolean exists() {
    return folder != null;
  }

  /** Whether it is there still: what somebody removed is of no use any more. */
  boolean isThere() {
    return folder != null && Files.isDirectory(folder);
  }

  /** The file that a process writes 0 to, to be in it; empty when there is no group. */
  String entry() {
    return folder == null ? "" : folder.resolve("cgroup.procs").toString();
  }

  /** The processes in it, zombies excepted. */
  List<Long> pids() {
    return read("cgroup.procs").lines().map(Long::parseLong).toList();
  }

  /** Whether nothing is left in it, nor in groups below it. */
  boolean isEmpty() {
    return read("cgroup.events").contains("populated 0");
  }

  /** The processor time of all that was in it during this run. */
  long cpuMicros() {
    cpuEver = cpuMicrosEver();
    return cpuEver - cpuBefore;
  }

  private long cpuMicrosEver() {
    // the kernel adds up what all processors saw: it isn't for nothing, so once a run
    return read("cpu.stat")
        .lines()
        .filter(line -> line.startsWith(CPU))
        .mapToLong(line -> Long.parseLong(line.substring(CPU.length())))
        .findFirst()
        .orElse(0);
  }

  /** SIGKILL to all at once, so that none can fork meanwhile; false where the kernel can't. */
  boolean kill() {
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
