package io.loda.agent.source.script.system;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.LongPredicate;

/**
 * The contents of {@code /proc/<pid>/stat}.
 *
 * @param cpuTicks its processor time, including children that it waited for
 * @param startTicks its start, since the host's boot
 * @param memoryBytes its address space; 0 for the kernel's own threads
 */
public record ProcessStat(
    char state, long session, long cpuTicks, long threads, long startTicks, long memoryBytes) {

  private static final Path PROC = Path.of("/proc");

  public static Path folder(long pid) {
    return PROC.resolve(Long.toString(pid));
  }

  /**
   * Reads a process.
   *
   * @throws IOException when there is no such process
   */
  public static ProcessStat read(Path process) throws IOException {
    String stat = ProcFile.read(process.resolve("stat"));
    // pid (name) state ppid pgrp session …: the name may contain blanks and parentheses
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return new ProcessStat(
        fields[0].charAt(0),
        Long.parseLong(fields[3]),
        Long.parseLong(fields[11])
            + Long.parseLong(fields[12])
            + Long.parseLong(fields[13])
            + Long.parseLong(fields[14]),
        Long.parseLong(fields[17]),
        Long.parseLong(fields[19]),
        Long.parseLong(fields[20]));
  }

  /** Passes the process with this pid, which may be a thread. Returns whether it exists. */
  public static boolean at(long pid, BiConsumer<Path, ProcessStat> consumer) {
    Path process = folder(pid);
    // most pids are free, and this check costs less than an exception
    if (!process.toFile().exists()) {
      return false;
    }
    try {
      consumer.accept(process, read(process));
    } catch (IOException e) {
      // it ended meanwhile
    }
    return true;
  }

  /** Passes each process, except those that end meanwhile. */
  public static void forEach(BiConsumer<Path, ProcessStat> consumer) {
    forEach(pid -> true, consumer);
  }

  /** Passes each process whose pid is asked for. */
  public static void forEach(LongPredicate asked, BiConsumer<Path, ProcessStat> consumer) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (!asked.test(Long.parseLong(process.getFileName().toString()))) {
          continue;
        }
        ProcessStat stat;
        try {
          stat = read(process);
        } catch (IOException e) {
          continue;
        }
        consumer.accept(process, stat);
      }
    } catch (IOException e) {
      // without /proc the caller still ends the session's leader
    }
  }

  /**
   * Returns whether it has ended. A process whose main thread has ended looks like a zombie, but
   * lives as long as another thread does.
   */
  public boolean ended() {
    return state == 'X' || (state == 'Z' && threads <= 1);
  }

  /**
   * Returns the folder with what all threads share, as memory and environment, and with the
   * namespaces of one thread: the process's own, or that of a living thread if the main thread has
   * ended.
   */
  public Path living(Path process) {
    if (state != 'Z') {
      return process;
    }
    try {
      for (Path thread : threads(process)) {
        char threadState = read(thread).state();
        if (threadState != 'Z' && threadState != 'X') {
          // /proc/<tid> of a thread shows more than its folder below task
          return PROC.resolve(thread.getFileName());
        }
      }
    } catch (IOException e) {
      // it ended meanwhile
    }
    return process;
  }

  /**
   * Returns the folders of all threads. The kernel keeps open files, children, user and working
   * folder for each thread, and the process's own folder shows those of its main thread. Empty: it
   * has ended.
   */
  public static List<Path> threads(Path process) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(process.resolve("task"))) {
      List<Path> threads = new ArrayList<>();
      all.forEach(threads::add);
      return threads;
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
  }

  /** Like {@link #living(Path)}, for a pid. */
  public static Path living(long pid) {
    Path process = folder(pid);
    try {
      return read(process).living(process);
    } catch (IOException e) {
      return process;
    }
  }
}
