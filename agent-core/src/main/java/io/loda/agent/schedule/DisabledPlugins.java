package io.loda.agent.schedule;

import io.loda.agent.files.OwnFiles;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugins that somebody disabled: one empty file each, {@code plugin.disabled/<ns>|<project>}
 * in the plugins' folder, where the older agent had them too. The file's time says since when.
 * Blocks: worker threads only.
 */
final class DisabledPlugins {

  private static final Logger LOG = LoggerFactory.getLogger(DisabledPlugins.class);

  private final Path folder;

  DisabledPlugins(Path pluginsFolder) {
    this.folder = pluginsFolder.resolve("plugin.disabled");
  }

  /** The keys of those that are disabled. */
  Set<String> load() {
    Set<String> keys = new TreeSet<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        files.forEach(file -> keys.add(file.getFileName().toString()));
      } catch (IOException | DirectoryIteratorException e) {
        LOG.warn("{}: which plugins are disabled can't be read: {}", folder, e.toString());
      }
    }
    return keys;
  }

  void disable(String key) throws IOException {
    OwnFiles.createFolders(folder);
    OwnFiles.createFile(folder.resolve(key));
    // since when it is disabled, also if it was before
    Files.setLastModifiedTime(folder.resolve(key), FileTime.from(Instant.now()));
    StateFiles.force(folder.resolve(key));
    StateFiles.force(folder);
  }

  void enable(String key) throws IOException {
    if (Files.deleteIfExists(folder.resolve(key))) {
      StateFiles.force(folder);
    }
  }

  /**
   * Enables those that are disabled for longer; returns their keys. One that can't be stays. What
   * was disabled by a clock that was ahead is so from now on.
   */
  Set<String> enableOlderThan(Duration age, Instant now) {
    Set<String> enabled = new TreeSet<>();
    for (String key : load()) {
      Path file = folder.resolve(key);
      try {
        Instant since = Files.getLastModifiedTime(file).toInstant();
        if (since.isBefore(now.minus(age))) {
          Files.deleteIfExists(file);
          enabled.add(key);
        } else if (since.isAfter(now)) {
          Files.setLastModifiedTime(file, FileTime.from(now));
        }
      } catch (IOException e) {
        LOG.warn("{}: can't be enabled again: {}", file, e.toString());
      }
    }
    return enabled;
  }
}
