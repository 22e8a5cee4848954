package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.system.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What plugins' files take of file systems, which may be more than their sizes: {@code fallocate
 * --keep-size} takes any number of bytes for an empty file, past {@code RLIMIT_FSIZE}. The JDK
 * can't ask for that, and {@code du} is a process; so it is asked where free space went away, and
 * each ten minutes. Any thread; blocks.
 */
final class DiskUse {

  private static final long USUAL_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** What others may take of a file system meanwhile without that it is looked at. */
  private static final long MOST_SLACK_BYTES = 32L << 20;

  private static final long SHARE = 8;
  private static final long BLOCK_BYTES = 512;

  /** A command can't be of any length. */
  private static final int MOST_AT_ONCE = 4000;

  private final List<Path> folders;
  private final Map<Path, Long> asked = new ConcurrentHashMap<>();

  /** The use of the file systems of these folders, and of those that are asked about. */
  DiskUse(List<Path> folders) {
    this.folders = folders;
  }

  /** What there is free when a run begins. */
  Watch watch(Path scratch, long maxBytes) {
    List<Path> places = new ArrayList<>(folders);
    places.add(scratch);
    return new Watch(scratch, places, Math.min(MOST_SLACK_BYTES, maxBytes / SHARE));
  }

  /** Says when to ask. One thread. */
  final class Watch {

    private final Path scratch;
    private final List<Path> places;
    private final long slack;
    private final long[] free;

    private Watch(Path scratch, List<Path> places, long slack) {
      this.scratch = scratch;
      this.places = places;
      this.slack = slack;
      this.free = places.stream().mapToLong(DiskUse::freeBytes).toArray();
    }

    /** Whether something may have taken more than its files' sizes say. */
    boolean isDue() {
      boolean due = false;
      for (int i = 0; i < free.length; i++) {
        long now = freeBytes(places.get(i));
        if (free[i] - now > slack) {
          due = true;
          free[i] = now;
        }
      }
      long nanos = System.nanoTime();
      Long last = asked.putIfAbsent(scratch, nanos);
      due |= last != null && nanos - last > USUAL_NANOS;
      if (due) {
        asked.put(scratch, nanos);
      }
      return due;
    }
  }

  private static long freeBytes(Path folder) {
    return folder.toFile().getFreeSpace();
  }

  /** What these files, and all below these folders, take; links aren't followed. */
  static long bytes(List<Path> paths) {
    return sum("du -skc -- \"$@\" | tail -n 1", paths) * 1024;
  }

  /** What is behind the links of processes' open files. */
  static long openBytes(List<Path> links) {
    return sum("stat -L -c '%b %i %d' -- \"$@\" | sort -u", links) * BLOCK_BYTES;
  }

  private static long sum(String script, List<Path> paths) {
    if (paths.isEmpty()) {
      return 0;
    }
    List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
    paths.stream().limit(MOST_AT_ONCE).map(Path::toString).forEach(command::add);
    return Command.text(command.toArray(String[]::new))
        .lines()
        .map(line -> line.split("\\s", 2)[0])
        .filter(number -> number.matches("\\d{1,15}"))
        .mapToLong(Long::parseLong)
        .sum();
  }
}
