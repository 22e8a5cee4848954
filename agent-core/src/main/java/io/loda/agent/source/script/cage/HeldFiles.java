package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.system.KernelFile;
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
 * Files without a name that use space while a process has them open or mapped: deleted ones, and
 * those that never had a name. Each counts once, however many processes hold it. For files sent
 * over a socket and not received yet the kernel shows only how many there are.
 */
final class HeldFiles {

  private static final String DELETED = " (deleted)";

  /** Addresses, permissions, offset, device, inode, name. */
  private static final Pattern MAPPED =
      Pattern.compile(
          "(?<range>[0-9a-f]+-[0-9a-f]+) \\S+ \\S+ \\S+ \\d+ +(?<name>.*) \\(deleted\\)");

  private static final String SOCKET = "socket:[";

  /** What a socket says of the files that wait in it, since Linux 5.8. */
  private static final Pattern IN_SOCKET = Pattern.compile("(?m)^scm_fds:\\s*(\\d{1,9})$");

  private final Set<String> seen = new HashSet<>();
  private final List<Path> links = new ArrayList<>();
  private long bytes;
  private long inSockets;

  private HeldFiles() {}

  /** The files that these processes hold. */
  static HeldFiles of(Iterable<Long> pids) {
    HeldFiles held = new HeldFiles();
    for (long pid : pids) {
      Path process = ProcessStat.living(pid);
      held.addOpen(process);
      held.addMapped(process);
    }
    return held;
  }

  /** The sum of their sizes. */
  long bytes() {
    return bytes;
  }

  /** How many files wait in the processes' sockets, with a name or without. */
  long inSockets() {
    return inSockets;
  }

  /** The kernel's links to them, valid while they are held. */
  List<Path> links() {
    return links;
  }

  private void addOpen(Path process) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path open : all) {
        addOpen(process, open);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // it has ended, or may not be read
    }
  }

  private void addOpen(Path process, Path open) {
    String target = target(open);
    if (!target.startsWith(SOCKET)) {
      addLink(open, target);
    } else if (seen.add(target)) {
      try {
        Matcher waiting =
            IN_SOCKET.matcher(
                KernelFile.read(process.resolve("fdinfo").resolve(open.getFileName())));
        inSockets += waiting.find() ? Long.parseLong(waiting.group(1)) : 0;
      } catch (IOException e) {
        // closed meanwhile
      }
    }
  }

  private void addMapped(Path process) {
    String maps;
    try {
      maps = KernelFile.read(process.resolve("maps"));
    } catch (IOException e) {
      return;
    }
    if (!maps.contains(DELETED)) {
      return;
    }
    Matcher mapped = MAPPED.matcher(maps);
    while (mapped.find()) {
      String name = mapped.group("name");
      // shared memory is counted elsewhere
      if (!name.startsWith("/SYSV") && !name.equals("/dev/zero")) {
        Path link = process.resolve("map_files").resolve(mapped.group("range"));
        addLink(link, target(link));
      }
    }
  }

  /** Returns where a link of the kernel leads; empty: it is gone. */
  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException | RuntimeException e) {
      // closed meanwhile, or its name isn't a path
      return "";
    }
  }

  /** The kernel's link leads to the file itself, even if its name is another file's now. */
  private void addLink(Path link, String target) {
    if (!target.endsWith(DELETED)) {
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
      // closed meanwhile
    }
  }

  private static long number(Map<String, Object> file, String name) {
    return ((Number) Objects.requireNonNull(file.get(name))).longValue();
  }
}
