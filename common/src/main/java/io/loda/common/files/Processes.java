package io.loda.common.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/** What the kernel says of other processes. */
public final class Processes {

  private static final Path PROC = Path.of("/proc");
  private static final int THREADS = 17;
  private static final int START = 19;

  /** A zombie stays one as long as its parent likes: for ever in a container without an init. */
  private static final Set<String> ENDED = Set.of("Z", "X", "x");

  private Processes() {}

  /**
   * Since when a process runs, in ticks since the host started: together with its number no other
   * has it. Empty where there is no such process, or only what is left of it for its parent to see.
   */
  static OptionalLong startTicks(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"), ISO_8859_1);
      // pid (name) state …: the name may hold blanks and parentheses
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      // one whose main thread has ended runs as long as another thread of it does
      return ENDED.contains(fields[0]) && Long.parseLong(fields[THREADS]) <= 1
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(fields[START]));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** Whether a process runs: one that ended and that its parent didn't look at yet doesn't. */
  public static boolean runs(long pid) {
    return startTicks(pid).isPresent();
  }

  /**
   * Whether a process holds a lock of a file.
   *
   * @throws IOException when the kernel doesn't say it
   */
  static boolean holdLock(long pid, long inode) throws IOException {
    try (Stream<String> locks = Files.lines(PROC.resolve("locks"), ISO_8859_1)) {
      return locks.anyMatch(lock -> isHeld(lock, pid, inode));
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** {@code 1: POSIX ADVISORY WRITE 4711 fe:01:123456 0 EOF}; one that waits has an arrow. */
  private static boolean isHeld(String lock, long pid, long inode) {
    String[] fields = lock.strip().split("\\s+", -1);
    return fields.length > 5
        && !fields[1].equals("->")
        && fields[4].equals(Long.toString(pid))
        && fields[5].endsWith(":" + inode);
  }
}
