package io.loda.agent.source.script.user;

import io.loda.agent.source.script.system.Command;
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
 * The ids that users, groups and processes of this system have. Names may be in a directory that is
 * asked over the network, so many ids are asked for at once. Any thread; blocks.
 */
final class SystemIds {

  private static final int MAX_SYSTEM_BYTES = 64 << 20;

  /** So many ids at a time. */
  private static final long BLOCK = 256;

  private static final long KNOWN_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Path systemFiles;
  private final Path proc;
  private final NameService names;
  private final Map<Long, Block> blocks = new HashMap<>();

  private record Block(Set<Long> named, long nanoTime) {}

  /** Who knows names that are in no file. */
  interface NameService {

    /**
     * Returns the entries that there are of these ids.
     *
     * @param database {@code passwd} or {@code group}
     */
    String entries(String database, List<String> ids);
  }

  /** Those of this host. */
  SystemIds() {
    this(Path.of("/etc"), Path.of("/proc"), SystemIds::getent);
  }

  /**
   * Those of a system whose files are elsewhere.
   *
   * @param systemFiles where {@code passwd} and {@code group} are
   */
  SystemIds(Path systemFiles, Path proc, NameService names) {
    this.systemFiles = systemFiles;
    this.proc = proc;
    this.names = names;
  }

  private static String getent(String database, List<String> ids) {
    // without a group's members, who may be many; getent fails where one isn't there
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "getent \"$@\" | cut -d: -f1-3", "sh", database));
    command.addAll(ids);
    return Command.text(command.toArray(String[]::new));
  }

  /** Whether a user or a group has it, by files or by whatever service this system asks. */
  boolean isNamed(long id) throws IOException {
    return block(id / BLOCK).named().contains(id);
  }

  /** One asks, and those who want to know the same wait for its answer. */
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

  /** The ids that have a name in a file of this system. */
  Set<Long> inFiles() throws IOException {
    Set<Long> named = new HashSet<>();
    for (String name : List.of("passwd", "group")) {
      try {
        addIds(SafeFiles.readString(systemFiles.resolve(name), MAX_SYSTEM_BYTES), named);
      } catch (NoSuchFileException e) {
        // getent knows it then, or nobody does
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

  /** The ids that processes have, or could go back to. */
  Set<Long> running() throws IOException {
    Set<Long> running = new HashSet<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        running.add(PluginUser.ownerOf(process));
        running.addAll(ProcessUser.ids(process));
      }
    }
    return running;
  }
}
