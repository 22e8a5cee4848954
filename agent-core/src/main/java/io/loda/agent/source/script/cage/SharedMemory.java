package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.system.ProcFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * System V shared memory, semaphores and message queues, which outlive the processes that use them.
 *
 * @param kind an option of {@code ipcrm}: {@code -m}, {@code -s}, {@code -q}
 * @param creatorPid 0: the kernel doesn't tell
 * @param bytes in memory or swapped out
 * @param changedSeconds when it was created, or its owner or mode changed; since 1970
 */
public record SharedMemory(
    String kind,
    long id,
    long creatorPid,
    long uid,
    long creatorUid,
    long bytes,
    long changedSeconds) {

  private static final Path FOLDER = Path.of("/proc/sysvipc");

  /** Returns the matching segments of this host. */
  static List<SharedMemory> segments(Predicate<SharedMemory> wanted) {
    List<SharedMemory> all = new ArrayList<>();
    read("shm", "-m", 4, 7, 9, 14, 13, all);
    all.removeIf(wanted.negate());
    return all;
  }

  /**
   * Returns matching segments, queues and semaphores; for the latter two the kernel doesn't tell
   * the creating process.
   */
  public static List<SharedMemory> all(Predicate<SharedMemory> wanted) {
    List<SharedMemory> all = segments(unused -> true);
    read("sem", "-s", -1, 4, 6, -1, 9, all);
    read("msg", "-q", -1, 7, 9, 3, 13, all);
    all.removeIf(wanted.negate());
    return all;
  }

  /** Reads one kind; each has its own columns, of which the second is the id. */
  private static void read(
      String file,
      String kind,
      int pid,
      int uid,
      int creator,
      int bytes,
      int changed,
      List<SharedMemory> all) {
    try {
      ProcFile.read(FOLDER.resolve(file))
          .lines()
          .skip(1)
          .map(line -> line.strip().split("\\s+", -1))
          .forEach(
              columns ->
                  all.add(
                      new SharedMemory(
                          kind,
                          number(columns, 1),
                          number(columns, pid),
                          number(columns, uid),
                          number(columns, creator),
                          // the next column is the swapped part
                          number(columns, bytes)
                              + (kind.equals("-m") ? number(columns, bytes + 1) : 0),
                          number(columns, changed))));
    } catch (IOException e) {
      // the kernel doesn't have this kind
    }
  }

  private static long number(String[] columns, int at) {
    return at < 0 || at >= columns.length ? 0 : Long.parseLong(columns[at]);
  }
}
