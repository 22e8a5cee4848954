package io.loda.common.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/** What the kernel tells of other processes. */
public final class Processes {

  private static final Path PROC = Path.of("/proc");
  private static final int THREADS = 17;
  private static final int START = 19;

  /**
   * The states of an ended process. A zombie remains until its parent waits for it: for ever in a
   * container without an init.
   */
  private static final Set<String> ENDED = Set.of("Z", "X", "x");

  private Processes() {}

  /**
   * Returns when a process started, in ticks since the host's boot; together with the pid it is
   * unique. Empty if there is no such process, or only a zombie.
   */
  static OptionalLong startTicks(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"), ISO_8859_1);
      // pid (name) state …: the name may contain blanks and parentheses
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      // a process whose main thread has ended runs as long as another thread does
      return ENDED.contains(fields[0]) && Long.parseLong(fields[THREADS]) <= 1
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(fields[START]));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** Returns whether a process runs; a zombie doesn't. */
  public static boolean runs(long pid) {
    return startTicks(pid).isPresent();
  }

  /**
   * Returns whether a process holds a lock of a file.
   *
   * @throws IOException if the kernel doesn't tell
   */
  static boolean holdLock(long pid, long inode) throws IOException {
    try (Stream<String> locks = Files.lines(PROC.resolve("locks"), ISO_8859_1)) {
      return locks.anyMatch(lock -> isHeld(lock, pid, inode));
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * Matches a line like {@code 1: POSIX ADVISORY WRITE 4711 fe:01:123456 0 EOF}; a waiting lock has
   * an arrow.
   */
  private static boolean isHeld(String lock, long pid, long inode) {
    String[] fields = lock.strip().split("\\s+", -1);
    return fields.length > 5
        && !fields[1].equals("->")
        && fields[4].equals(Long.toString(pid))
        && fields[5].endsWith(":" + inode);
  }
}
