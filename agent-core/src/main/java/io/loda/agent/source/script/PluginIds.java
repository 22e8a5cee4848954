package io.loda.agent.source.script;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.files.OwnFiles;
import io.loda.agent.files.SafeFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The user and group ids of plugins, one each, out of a range that nobody else has. An id is chosen
 * by the plugin's name, so that a host that is set up again comes to the same ones where it can,
 * and is kept in a file: a line {@code id key} each. Any thread; blocks shortly.
 */
final class PluginIds {

  private static final Logger LOG = LoggerFactory.getLogger(PluginIds.class);
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_SYSTEM_BYTES = 64 << 20;

  private final Path file;
  private final AgentConfig.IdRange range;
  private final Path systemFiles;
  private final Path proc;
  private final Map<String, Long> ids = new TreeMap<>();
  private boolean loaded;

  PluginIds(Path file, AgentConfig.IdRange range) {
    this(file, range, Path.of("/etc"), Path.of("/proc"));
  }

  /**
   * The same for a system whose files are elsewhere.
   *
   * @param systemFiles where {@code passwd} and {@code group} are
   */
  PluginIds(Path file, AgentConfig.IdRange range, Path systemFiles, Path proc) {
    this.file = file;
    this.range = range;
    this.systemFiles = systemFiles;
    this.proc = proc;
  }

  /**
   * Returns the id of a plugin, and keeps it.
   *
   * @param key of the plugin: {@code ns|project}
   * @throws IOException where none is free, or it can't be kept
   */
  synchronized long of(String key) throws IOException {
    load();
    Long known = ids.get(key);
    if (known != null) {
      return known;
    }
    long id = free(key);
    ids.put(key, id);
    try {
      save();
    } catch (IOException e) {
      ids.remove(key);
      throw e;
    }
    LOG.info("plugin {} runs as the user and group with the id {}", key, id);
    return id;
  }

  /** Gives the ids of plugins that are gone for good to others. */
  synchronized void forget(Set<String> keys) throws IOException {
    load();
    if (ids.keySet().removeAll(keys)) {
      save();
    }
  }

  private void load() throws IOException {
    if (loaded) {
      return;
    }
    Set<Long> others = named();
    for (String line : lines()) {
      int blank = line.indexOf(' ');
      try {
        long id = Long.parseLong(line.substring(0, Math.max(blank, 0)));
        String key = line.substring(blank + 1);
        if (others.contains(id)) {
          LOG.warn(
              "plugin {} gets another id: {} belongs to a user or group of this system now",
              key,
              id);
        } else if (range.contains(id) && !ids.containsValue(id)) {
          ids.put(key, id);
        }
      } catch (NumberFormatException e) {
        LOG.warn("{}: expected an id and a plugin, found \"{}\"; it is left out", file, line);
      }
    }
    loaded = true;
  }

  private Iterable<String> lines() throws IOException {
    try {
      return SafeFiles.readString(file, MAX_BYTES).lines().toList();
    } catch (NoSuchFileException e) {
      return Set.of();
    }
  }

  private void save() throws IOException {
    StringBuilder text = new StringBuilder();
    ids.forEach((key, id) -> text.append(id).append(' ').append(key).append('\n'));
    OwnFiles.createPassable(Objects.requireNonNull(file.getParent()));
    OwnFiles.replace(file, text.toString().getBytes(UTF_8));
  }

  private long free(String key) throws IOException {
    Set<Long> taken = new HashSet<>(ids.values());
    taken.addAll(named());
    taken.addAll(running());
    long size = range.last() - range.first() + 1;
    long start = Math.floorMod((key.hashCode() * 0x9E3779B97F4A7C15L) >>> 16, size);
    for (long i = 0; i < size; i++) {
      long id = range.first() + (start + i) % size;
      // what is in no file may be in LDAP
      if (!taken.contains(id)
          && Command.firstLine("getent", "passwd", Long.toString(id)).isEmpty()
          && Command.firstLine("getent", "group", Long.toString(id)).isEmpty()) {
        return id;
      }
    }
    throw new IOException(
        "plugins.user-ids: expected an id that no plugin, user, group or process has, found none in "
            + range
            + "; widen it");
  }

  /** The ids that have a name. */
  private Set<Long> named() throws IOException {
    Set<Long> named = new HashSet<>();
    for (String name : new String[] {"passwd", "group"}) {
      try {
        for (String line :
            SafeFiles.readString(systemFiles.resolve(name), MAX_SYSTEM_BYTES).lines().toList()) {
          String[] fields = line.split(":", -1);
          if (fields.length > 2 && fields[2].matches("[0-9]{1,10}")) {
            named.add(Long.valueOf(fields[2]));
          }
        }
      } catch (NoSuchFileException e) {
        // getent knows it then, or nobody does
      }
    }
    return named;
  }

  /** The ids of processes. */
  private Set<Long> running() throws IOException {
    Set<Long> running = new HashSet<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        running.add(PluginUser.ownerOf(process));
      }
    }
    return running;
  }
}
