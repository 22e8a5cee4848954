package io.loda.agent.builtin.container;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.TextCursor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The kernel's control groups: version 2 if the host uses it, otherwise those of version 1 for
 * processors and memory.
 *
 * @param cpu the root of the groups' processor time
 * @param memory the root of their memory; with version 2 the same
 */
record Cgroups(Path cpu, Path memory, boolean unified) {

  /**
   * The limits of version 1 above this mean "no limit": slightly less than 2⁶³, depending on the
   * page size.
   */
  private static final long NO_LIMIT = 1L << 60;

  /** A deeper tree has no containers. */
  private static final int DEEPEST_CONTAINER = 8;

  /** Bounds the groups of a round: enough for any host, even for one that leaks groups. */
  private static final int MOST = 1000;

  static Cgroups of(HostTrees host) throws IOException {
    Path base = host.sys().resolve("fs/cgroup");
    if (Files.exists(base.resolve("cgroup.controllers"))) {
      return new Cgroups(base, base, true);
    }
    Path accounting = base.resolve("cpuacct");
    Path cpu = Files.isDirectory(accounting) ? accounting : base.resolve("cpu,cpuacct");
    if (!Files.isDirectory(cpu) && !Files.isDirectory(base.resolve("memory"))) {
      throw new IOException("no control groups in " + base + ": is it the host's /sys?");
    }
    return new Cgroups(cpu, base.resolve("memory"), false);
  }

  /**
   * Returns the groups' paths, without a leading slash and without the root, which is the host.
   *
   * @param depth the levels of groups that aren't containers. Containers are found on any level,
   *     and groups inside them are left out
   */
  Set<String> paths(int depth) {
    Set<String> paths = new TreeSet<>();
    addChildren(cpu, "", 1, depth, paths);
    if (!unified) {
      addChildren(memory, "", 1, depth, paths);
    }
    return paths;
  }

  static boolean isFull(Set<String> paths) {
    return paths.size() >= MOST;
  }

  private void addChildren(Path root, String parent, int level, int depth, Set<String> paths) {
    for (Path child : folders(root.resolve(parent))) {
      String name = child.getFileName().toString();
      String path = parent.isEmpty() ? name : parent + "/" + name;
      boolean container = Container.idOf(name).isPresent();
      if (isFull(paths)) {
        return;
      }
      if (container || level <= depth) {
        paths.add(path);
      }
      if (!container && level < DEEPEST_CONTAINER) {
        addChildren(root, path, level + 1, depth, paths);
      }
    }
  }

  private static List<Path> folders(Path parent) {
    try (Stream<Path> entries = Files.list(parent)) {
      // a user who owns a group may create any number in it
      return entries.filter(Files::isDirectory).limit(MOST).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // ended meanwhile
    }
  }

  /**
   * Returns the processor time since the group's creation; empty if the group is gone or isn't
   * accounted.
   */
  OptionalLong cpuNanos(String path) {
    if (unified) {
      OptionalLong micros = keyed(cpu.resolve(path).resolve("cpu.stat"), "usage_usec");
      return micros.isPresent() ? OptionalLong.of(micros.getAsLong() * 1000) : micros;
    }
    return number(cpu.resolve(path).resolve("cpuacct.usage"));
  }

  /**
   * Returns the memory that the group needs: what it uses without files that weren't used lately.
   */
  OptionalLong memoryBytes(String path) {
    Path group = memory.resolve(path);
    OptionalLong used = number(group.resolve(unified ? "memory.current" : "memory.usage_in_bytes"));
    if (used.isEmpty()) {
      return used;
    }
    String key = unified ? "inactive_file" : "total_inactive_file";
    long untouched = keyed(group.resolve("memory.stat"), key).orElse(0);
    return OptionalLong.of(Math.max(0, used.getAsLong() - untouched));
  }

  /** Returns the group's own limit; empty if it has none. */
  OptionalLong memoryLimitBytes(String path) {
    Path group = memory.resolve(path);
    OptionalLong limit = number(group.resolve(unified ? "memory.max" : "memory.limit_in_bytes"));
    return limit.isPresent() && limit.getAsLong() < NO_LIMIT ? limit : OptionalLong.empty();
  }

  private static OptionalLong number(Path file) {
    try {
      TextCursor text = KernelText.columns(file).read();
      return text.nextLine() ? OptionalLong.of(text.nextNumber()) : OptionalLong.empty();
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // not there, ended meanwhile, or "max"
    }
  }

  private static OptionalLong keyed(Path file, String key) {
    try {
      TextCursor text = KernelText.columns(file).read();
      while (text.nextLine() && text.nextField()) {
        if (text.is(key)) {
          return OptionalLong.of(text.nextNumber());
        }
      }
    } catch (IOException | NumberFormatException e) {
      // the group is gone, or isn't accounted
    }
    return OptionalLong.empty();
  }
}
