package io.loda.agent.source.script.user;

import io.loda.agent.source.script.system.Command;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.ProcessUser;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * The ids of this system's users, groups and processes. Names may be in a directory on the network,
 * so many ids are looked up at once. Any thread; blocks.
 */
final class SystemIds {

  private static final int MAX_SYSTEM_BYTES = 64 << 20;

  /** How many ids are looked up at once. */
  private static final long BLOCK = 256;

  private static final long KNOWN_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Path systemFiles;
  private final Path proc;
  private final NameService names;
  private final Map<Long, Block> blocks = new HashMap<>();

  private record Block(Set<Long> named, long nanoTime) {}

  /** Looks up names that aren't in files. */
  interface NameService {

    /**
     * Returns the entries of those ids that have one.
     *
     * @param database {@code passwd} or {@code group}
     */
    String entries(String database, List<String> ids);
  }

  SystemIds() {
    this(Path.of("/etc"), Path.of("/proc"), SystemIds::getent);
  }

  /**
   * Reads the ids of a system with other files; for tests.
   *
   * @param systemFiles has {@code passwd} and {@code group}
   */
  SystemIds(Path systemFiles, Path proc, NameService names) {
    this.systemFiles = systemFiles;
    this.proc = proc;
    this.names = names;
  }

  private static String getent(String database, List<String> ids) {
    // without a group's members, who may be many; getent fails if any id is missing
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "getent \"$@\" | cut -d: -f1-3", "sh", database));
    command.addAll(ids);
    return Command.text(command.toArray(String[]::new));
  }

  /** Returns whether a user or group has the id, in files or in the name service. */
  boolean isNamed(long id) throws IOException {
    return block(id / BLOCK).named().contains(id);
  }

  /**
   * Looks up a block of ids; one caller asks the name service, and the others wait for its answer.
   */
  private synchronized Block block(long number) throws IOException {
    Block known = blocks.get(number);
    if (known != null && System.nanoTime() - known.nanoTime() < KNOWN_NANOS) {
      return known;
    }
    List<String> ids =
        LongStream.range(number * BLOCK, (number + 1) * BLOCK).mapToObj(Long::toString).toList();
    Set<Long> named = inFiles();
    for (String database : List.of("passwd", "group")) {
      addIds(names.entries(database, ids), named);
    }
    Block block = new Block(named, System.nanoTime());
    blocks.put(number, block);
    return block;
  }

  /** Returns the ids with a name in a file of this system. */
  Set<Long> inFiles() throws IOException {
    Set<Long> named = new HashSet<>();
    for (String name : List.of("passwd", "group")) {
      try {
        addIds(SafeFiles.readString(systemFiles.resolve(name), MAX_SYSTEM_BYTES), named);
      } catch (NoSuchFileException e) {
        // getent may know it
      }
    }
    return named;
  }

  private static void addIds(String entries, Set<Long> to) {
    entries
        .lines()
        .map(line -> line.split(":", -1))
        .filter(fields -> fields.length > 2 && fields[2].matches("[0-9]{1,10}"))
        .forEach(fields -> to.add(Long.valueOf(fields[2])));
  }

  /** Returns the ids that processes have, or can switch back to. */
  Set<Long> running() throws IOException {
    Set<Long> running = new HashSet<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        running.add(PluginUser.ownerOf(process));
        running.addAll(ProcessUser.ids(process));
        // each thread may have ids of its own
        ProcessStat.threads(process).forEach(thread -> running.addAll(ProcessUser.ids(thread)));
      }
    }
    return running;
  }
}
