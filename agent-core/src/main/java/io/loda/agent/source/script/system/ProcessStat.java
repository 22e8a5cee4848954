package io.loda.agent.source.script.system;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import java.util.function.LongPredicate;

/**
 * What {@code /proc/<pid>/stat} says of a process.
 *
 * @param cpuTicks its processor time, with that of the children that it waited for
 * @param startTicks since the host started
 * @param memoryBytes of addresses; the kernel's own threads have none
 */
public record ProcessStat(
    char state, long session, long cpuTicks, long threads, long startTicks, long memoryBytes) {

  private static final Path PROC = Path.of("/proc");

  public static Path folder(long pid) {
    return PROC.resolve(Long.toString(pid));
  }

  /**
   * Reads it.
   *
   * @throws IOException when there is no such process
   */
  public static ProcessStat read(Path process) throws IOException {
    String stat = KernelFile.read(process.resolve("stat"));
    // pid (name) state ppid pgrp session …: the name may hold blanks and parentheses
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

  /**
   * Shows the process with this number, if there is one; it may be a thread of another. Returns
   * whether there was.
   */
  public static boolean at(long pid, BiConsumer<Path, ProcessStat> consumer) {
    Path process = folder(pid);
    // most numbers are free again, and that costs less than an exception
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

  /** Shows each process that there is; those that end meanwhile are left out. */
  public static void forEach(BiConsumer<Path, ProcessStat> consumer) {
    forEach(pid -> true, consumer);
  }

  /** Shows each process whose number is asked for. */
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
      // without /proc there is the session's leader to end, and whoever calls does
    }
  }

  /**
   * Whether it has ended, and only waits to be looked at. One whose main thread has ended seems to
   * have, and lives as long as another thread of it does.
   */
  public boolean ended() {
    return state == 'X' || (state == 'Z' && threads <= 1);
  }

  /**
   * The folder that shows memory, environment, files and namespaces: what the main thread shows of
   * them ends with it, and then those of a thread that lives tell.
   */
  public Path living(Path process) {
    if (state != 'Z') {
      return process;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(process.resolve("task"))) {
      for (Path thread : all) {
        char threadState = read(thread).state();
        if (threadState != 'Z' && threadState != 'X') {
          // a thread has a folder like a process', which shows more than the one among its own
          return PROC.resolve(thread.getFileName());
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // it ended meanwhile
    }
    return process;
  }

  /** The folder of the process with this number that shows its memory and files. */
  public static Path living(long pid) {
    Path process = folder(pid);
    try {
      return read(process).living(process);
    } catch (IOException e) {
      return process;
    }
  }
}
