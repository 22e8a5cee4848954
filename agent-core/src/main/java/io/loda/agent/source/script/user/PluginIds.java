package io.loda.agent.source.script.user;

import io.loda.agent.config.AgentConfig;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The user and group ids of plugins, one for each, from a range that nobody else uses. An id is
 * chosen by the plugin's name, so that a reinstalled host gets the same ones if possible, and saved
 * in a file: a line {@code id key} each. Any thread; blocks shortly.
 *
 * <p>A freed id is reused only when no other is left, as its plugin may have left files of that id
 * on the host; the file has a line {@code id -} for it.
 *
 * <p>An id is on disk before it is returned. One write serves all callers that wait for it, and a
 * plugin that has an id waits neither for the disk nor for a name service.
 */
final class PluginIds implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PluginIds.class);
  private static final int MAX_BYTES = 1 << 20;

  /** The key of a removed plugin; other keys are longer. */
  private static final String NOBODY = "-";

  private final Path file;
  private final AgentConfig.IdRange range;
  private final SystemIds system;
  private final IdClaims claims;
  private final Object disk = new Object();

  private final Map<String, Long> ids = new TreeMap<>();
  private final Set<Long> given = new HashSet<>();

  /** Plugins whose id isn't on disk yet. */
  private final Set<String> unsaved = new HashSet<>();

  /** Freed ids, the earliest first. */
  private final Set<Long> retired = new LinkedHashSet<>();

  /** The number of changes, and how many of them are on disk. */
  private long changes;

  private long saved;
  private boolean loaded;

  PluginIds(Path file, AgentConfig.IdRange range) {
    this(file, range, new SystemIds(), IdClaims.ofHost());
  }

  /** Like its overload, with other ids of the system and of other agents; for tests. */
  PluginIds(Path file, AgentConfig.IdRange range, SystemIds system, IdClaims claims) {
    this.file = file.toAbsolutePath();
    this.range = range;
    this.system = system;
    this.claims = claims;
  }

  /**
   * Returns the id of a plugin, and saves it.
   *
   * @param key of the plugin: {@code ns|project}; or the agent's own purpose
   * @throws IOException when none is free, or it can't be saved
   */
  long of(String key) throws IOException {
    OptionalLong known = known(key);
    if (known.isPresent()) {
      return known.getAsLong();
    }
    long id = choose(key);
    try {
      save();
    } catch (IOException e) {
      synchronized (this) {
        if (unsaved.remove(key)) {
          ids.remove(key);
          given.remove(id);
        }
      }
      throw e;
    }
    LOG.info("{}: runs as the user and group with the id {}", words(key), id);
    return id;
  }

  /** Returns the id of a plugin; empty: it has none yet. */
  OptionalLong known(String key) throws IOException {
    Long id;
    boolean kept;
    synchronized (this) {
      load();
      id = ids.get(key);
      kept = !unsaved.contains(key);
    }
    if (id != null && !kept) {
      save();
    }
    return id == null ? OptionalLong.empty() : OptionalLong.of(id);
  }

  synchronized Set<Long> all() throws IOException {
    load();
    return Set.copyOf(given);
  }

  /** Frees the ids of removed plugins. */
  void forget(Set<String> keys) throws IOException {
    synchronized (this) {
      load();
      for (String key : keys) {
        Long id = ids.remove(key);
        if (id != null) {
          given.remove(id);
          unsaved.remove(key);
          retired.add(id);
          changes++;
        }
      }
    }
    save();
  }

  /** Releases the ids for other agents. */
  @Override
  public void close() {
    claims.release(file);
  }

  private static String words(String key) {
    return key.contains("|") ? "plugin " + key : key;
  }

  private void load() throws IOException {
    if (loaded) {
      return;
    }
    Set<Long> others = system.inFiles();
    for (String line : lines()) {
      int blank = line.indexOf(' ');
      try {
        long id = Long.parseLong(line.substring(0, Math.max(blank, 0)));
        if (range.contains(id) && !given.contains(id) && !retired.contains(id)) {
          load(id, line.substring(blank + 1), others.contains(id));
        }
      } catch (NumberFormatException e) {
        LOG.warn(
            "plugins: {}: expected an id and a plugin, found \"{}\"; line ignored", file, line);
      }
    }
    loaded = true;
  }

  private void load(long id, String key, boolean named) {
    if (key.equals(NOBODY)) {
      retired.add(id);
    } else if (named) {
      LOG.warn(
          "{}: gets another id, {} belongs to a user or group of this system now", words(key), id);
    } else if (!claims.take(id, file)) {
      LOG.warn("{}: gets another id, {} is another agent's on this host now", words(key), id);
    } else {
      ids.put(key, id);
      given.add(id);
    }
  }

  private Iterable<String> lines() throws IOException {
    try {
      return SafeFiles.readString(file, MAX_BYTES).lines().toList();
    } catch (NoSuchFileException e) {
      return Set.of();
    }
  }

  /** Writes all changes made before the call. */
  private void save() throws IOException {
    long wanted;
    synchronized (this) {
      wanted = changes;
    }
    synchronized (disk) {
      StringBuilder text = new StringBuilder();
      Set<String> saving;
      long written;
      synchronized (this) {
        if (saved >= wanted) {
          return;
        }
        written = changes;
        saving = Set.copyOf(unsaved);
        ids.forEach((key, id) -> text.append(id).append(' ').append(key).append('\n'));
        retired.forEach(id -> text.append(id).append(' ').append(NOBODY).append('\n'));
      }
      OwnFiles.createPassable(Objects.requireNonNull(file.getParent()));
      OwnFiles.replace(file, text.toString());
      synchronized (this) {
        saved = written;
        unsaved.removeAll(saving);
      }
    }
  }

  private long choose(String key) throws IOException {
    Set<Long> running = system.running();
    long size = range.last() - range.first() + 1;
    long start = Math.floorMod((key.hashCode() * 0x9E3779B97F4A7C15L) >>> 16, size);
    for (long i = 0; i < size; i++) {
      Optional<Long> chosen = take(key, range.first() + (start + i) % size, false, running);
      if (chosen.isPresent()) {
        return chosen.get();
      }
    }
    Set<Long> again;
    synchronized (this) {
      again = new LinkedHashSet<>(retired);
    }
    for (long id : again) {
      Optional<Long> chosen = take(key, id, true, running);
      if (chosen.isPresent()) {
        return chosen.get();
      }
    }
    throw new IOException(
        "plugins.user-ids: expected an id that no plugin, user, group, process or other agent "
            + "uses, found none in "
            + range
            + "; widen it");
  }

  /** Returns the id that the plugin got meanwhile, or this one if it is free. */
  private Optional<Long> take(String key, long id, boolean again, Set<Long> running)
      throws IOException {
    if (!mayBeFree(id, again) || running.contains(id) || system.isNamed(id)) {
      return Optional.empty();
    }
    synchronized (this) {
      Long meanwhile = ids.get(key);
      if (meanwhile != null) {
        return Optional.of(meanwhile);
      }
      if (!mayBeFree(id, again) || !claims.take(id, file)) {
        return Optional.empty();
      }
      retired.remove(id);
      ids.put(key, id);
      given.add(id);
      unsaved.add(key);
      changes++;
      return Optional.of(id);
    }
  }

  private synchronized boolean mayBeFree(long id, boolean again) {
    return !given.contains(id) && retired.contains(id) == again;
  }
}
