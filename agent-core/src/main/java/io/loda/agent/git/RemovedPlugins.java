package io.loda.agent.git;

import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tracks and deletes plugins that aren't assigned any more. A file {@code .removed/<ns>|<project>}
 * marks each; its time is when the plugin was first seen unassigned. Blocks.
 */
final class RemovedPlugins {

  private static final Logger LOG = LoggerFactory.getLogger(RemovedPlugins.class);
  private static final Duration KEPT = Duration.ofDays(7);

  /** Other folders with {@code <ns>/<project>} for each plugin. */
  private static final List<String> OTHERS = List.of(".copies", ".scratch");

  private final Path dir;
  private final Path marks;

  RemovedPlugins(Path dir) {
    this.dir = dir;
    this.marks = dir.resolve(".removed");
  }

  record PluginKey(String namespace, String project) {

    String key() {
      return namespace + "|" + project;
    }
  }

  /** Returns the plugins to delete now; marks the others. */
  List<PluginKey> due(Set<String> assigned, Instant now) throws IOException {
    List<PluginKey> due = new ArrayList<>();
    Set<String> found = new TreeSet<>();
    for (PluginKey plugin : plugins()) {
      found.add(plugin.key());
      Path mark = mark(plugin);
      if (assigned.contains(plugin.key())) {
        Files.deleteIfExists(mark);
      } else if (!Files.exists(mark)) {
        OwnFiles.createFolders(marks);
        OwnFiles.createFile(mark);
        Files.setLastModifiedTime(mark, FileTime.from(now));
      } else if (!Files.getLastModifiedTime(mark).toInstant().plus(KEPT).isAfter(now)) {
        due.add(plugin);
      }
    }
    for (Path mark : entries(marks)) {
      if (!found.contains(mark.getFileName().toString())) {
        Files.deleteIfExists(mark);
      }
    }
    return due;
  }

  /** Removes the mark of an assigned plugin. */
  void isAssigned(PluginKey plugin) throws IOException {
    Files.deleteIfExists(mark(plugin));
  }

  /** Returns whether it is still marked as unassigned. */
  boolean isMarked(PluginKey plugin) {
    return Files.exists(mark(plugin));
  }

  private Path mark(PluginKey plugin) {
    return marks.resolve(plugin.key());
  }

  void delete(PluginKey plugin) throws IOException {
    new Checkout(dir.resolve(plugin.namespace()), plugin.project()).delete();
    for (String other : OTHERS) {
      SafeFiles.deleteTree(
          dir.resolve(other).resolve(plugin.namespace()).resolve(plugin.project()));
    }
    Files.deleteIfExists(mark(plugin));
    LOG.info("plugin {}: checkout deleted, not assigned for {} days", plugin.key(), KEPT.toDays());
  }

  private Set<PluginKey> plugins() throws IOException {
    Set<PluginKey> plugins = new java.util.LinkedHashSet<>();
    for (Path namespace : entries(dir)) {
      for (Path entry : entries(namespace)) {
        // other files there aren't the agent's
        if (Files.isSymbolicLink(entry) || Files.isDirectory(entry.resolve(".git"))) {
          add(plugins, namespace, entry);
        }
      }
      for (Path versions : entries(namespace.resolve(".versions"))) {
        if (Files.isDirectory(versions)) {
          add(plugins, namespace, versions);
        }
      }
    }
    for (String other : OTHERS) {
      for (Path namespace : entries(dir.resolve(other))) {
        for (Path entry : entries(namespace)) {
          add(plugins, namespace, entry);
        }
      }
    }
    return plugins;
  }

  private static void add(Set<PluginKey> plugins, Path namespace, Path project) {
    plugins.add(
        new PluginKey(namespace.getFileName().toString(), project.getFileName().toString()));
  }

  /** Returns the entries of a folder without a leading dot; empty if it isn't a folder. */
  private static List<Path> entries(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(path -> !path.getFileName().toString().startsWith(".")).toList();
    }
  }
}
