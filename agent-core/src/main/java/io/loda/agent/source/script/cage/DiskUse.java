package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.system.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Measures the disk space of plugins' files, which may exceed the files' sizes: {@code fallocate
 * --keep-size} allocates any number of bytes for an empty file, beyond {@code RLIMIT_FSIZE}. The
 * JDK can't read that, and {@code du} is a process of its own. So {@code du} runs only when free
 * space has shrunk, and every ten minutes. Any thread; blocks.
 */
final class DiskUse {

  private static final long USUAL_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** How much free space may shrink without a measurement: others use the file system, too. */
  private static final long MOST_SLACK_BYTES = 32L << 20;

  private static final long SHARE = 8;
  private static final long BLOCK_BYTES = 512;

  /** The most paths of a command, whose length is bounded. */
  private static final int MOST_AT_ONCE = 4000;

  private final List<Path> folders;
  private final Map<Path, Long> asked = new ConcurrentHashMap<>();

  /** Measures on the file systems of these folders and of the watched folders. */
  DiskUse(List<Path> folders) {
    this.folders = folders;
  }

  /** Notes the free space at the beginning of a run. */
  Watch watch(Path scratch, long maxBytes) {
    List<Path> places = new ArrayList<>(folders);
    places.add(scratch);
    return new Watch(scratch, places, Math.min(MOST_SLACK_BYTES, maxBytes / SHARE));
  }

  /** Decides when to measure. One thread. */
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

    /** Returns whether more space may be used than the files' sizes tell. */
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

  /** Returns the disk space of these files and of all below these folders; follows no links. */
  static long bytes(List<Path> paths) {
    return sum("du -skc -- \"$@\" | tail -n 1", paths) * 1024;
  }

  /** Returns the disk space of the targets of these links to processes' open files. */
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
