package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.system.ProcFile;
import io.loda.agent.source.script.system.ProcessStat;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files without a name that use space while a process has them open or mapped: deleted files, and
 * those that never had a name. Each counts once, however many processes hold it. For files that
 * were sent over a socket and not received yet, the kernel shows only their number.
 */
final class HeldFiles {

  private static final String DELETED = " (deleted)";

  /** Matches addresses, permissions, offset, device, inode and name of a mapping. */
  private static final Pattern MAPPED =
      Pattern.compile(
          "(?<range>[0-9a-f]+-[0-9a-f]+) \\S+ \\S+ \\S+ \\d+ +(?<name>.*) \\(deleted\\)",
          Pattern.DOTALL);

  private static final String SOCKET = "socket:[";

  /** Matches the number of files that wait in a socket, known since Linux 5.8. */
  private static final Pattern IN_SOCKET = Pattern.compile("(?m)^scm_fds:\\s*(\\d{1,9})$");

  /** The most open files and mappings of one measurement: they take about a second. */
  private static final int MOST_AT_ONCE = 500_000;

  private final int most;
  private final Set<String> seen = new HashSet<>();
  private final List<Path> links = new ArrayList<>();
  private long bytes;
  private long inSockets;
  private int looks;

  private HeldFiles(int most) {
    this.most = most;
  }

  /** Returns the files that these processes hold. */
  static HeldFiles of(Iterable<Long> pids) {
    return of(pids, MOST_AT_ONCE);
  }

  /** Like its overload, with another bound. */
  static HeldFiles of(Iterable<Long> pids, int most) {
    HeldFiles held = new HeldFiles(most);
    for (long pid : pids) {
      // not per process: it can't be seen whether threads share their open files
      for (Path thread : ProcessStat.threads(ProcessStat.folder(pid))) {
        held.addOpen(thread);
      }
      Path living = ProcessStat.living(pid);
      held.addMapped(living);
      // it keeps the file it was started from, even when it has unmapped all of it
      Path program = living.resolve("exe");
      held.addLink(program, target(program));
    }
    return held;
  }

  /** Returns whether there were more files than one measurement takes; the rest wasn't measured. */
  boolean tooMany() {
    return looks > most;
  }

  /** Counts another open file or mapping; returns whether to examine it. */
  private boolean mayLook() {
    return ++looks <= most;
  }

  /** Returns the sum of their sizes. */
  long bytes() {
    return bytes;
  }

  /** Returns how many files wait in the processes' sockets, with a name or without. */
  long inSockets() {
    return inSockets;
  }

  /** Returns the kernel's links to them, valid while they are held. */
  List<Path> links() {
    return links;
  }

  private void addOpen(Path thread) {
    if (tooMany()) {
      return;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(thread.resolve("fd"))) {
      for (Path open : all) {
        if (!mayLook()) {
          return;
        }
        addOpen(thread, open);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // the process has ended, or may not be read
    }
  }

  private void addOpen(Path thread, Path open) {
    String target = target(open);
    if (!target.startsWith(SOCKET)) {
      addLink(open, target);
    } else if (seen.add(target)) {
      try {
        Matcher waiting =
            IN_SOCKET.matcher(ProcFile.read(thread.resolve("fdinfo").resolve(open.getFileName())));
        inSockets += waiting.find() ? Long.parseLong(waiting.group(1)) : 0;
      } catch (IOException e) {
        // the file was closed meanwhile
      }
    }
  }

  private void addMapped(Path process) {
    if (tooMany()) {
      return;
    }
    try {
      ProcFile.forEachLine(
          process.resolve("maps"),
          line -> {
            boolean more = mayLook();
            if (more && line.endsWith(DELETED)) {
              addMapped(process, line);
            }
            return more;
          });
    } catch (IOException e) {
      // the process has ended, or may not be read
    }
  }

  private void addMapped(Path process, String line) {
    Matcher mapped = MAPPED.matcher(line);
    // shared memory is measured elsewhere
    if (mapped.matches()
        && !mapped.group("name").startsWith("/SYSV")
        && !mapped.group("name").equals("/dev/zero")) {
      Path link = process.resolve("map_files").resolve(mapped.group("range"));
      addLink(link, target(link));
    }
  }

  /** Returns the target of a kernel's link; empty: it is gone, or its path is too long. */
  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * Adds the file of a kernel's link, which leads to the file even if its name is another file's
   * now.
   */
  private void addLink(Path link, String target) {
    if (!target.isEmpty() && !target.endsWith(DELETED)) {
      return;
    }
    try {
      Map<String, Object> file =
          Files.readAttributes(link, "unix:dev,ino,nlink,size,isRegularFile");
      if (Boolean.TRUE.equals(file.get("isRegularFile"))
          && number(file, "nlink") == 0
          && seen.add(file.get("dev") + ":" + file.get("ino"))) {
        bytes += number(file, "size");
        links.add(link);
      }
    } catch (IOException e) {
      // the file was closed meanwhile
    }
  }

  private static long number(Map<String, Object> file, String name) {
    return ((Number) Objects.requireNonNull(file.get(name))).longValue();
  }
}
