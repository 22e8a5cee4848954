package io.loda.agent.plugins;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The disabled plugins: an empty file for each, {@code plugin.disabled/<ns>|<project>} in the
 * plugins' folder, as in the older agent. A Java plugin's key may have any characters and is
 * percent-encoded. The file's time is when it was disabled. Blocks: worker threads only.
 */
public final class DisabledPlugins {

  private static final Logger LOG = LoggerFactory.getLogger(DisabledPlugins.class);

  /** Of a file's name, in bytes. */
  private static final int LONGEST_NAME = 255;

  private final Path folder;

  public DisabledPlugins(Path pluginsFolder) {
    this.folder = pluginsFolder.resolve("plugin.disabled");
  }

  /** The keys of all disabled plugins. */
  Set<String> load() {
    Set<String> keys = new TreeSet<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        files.forEach(file -> key(file).ifPresent(keys::add));
      } catch (IOException | DirectoryIteratorException e) {
        LOG.warn("disabled plugins: read of {} failed: {}", folder, FileReason.of(e));
      }
    }
    return keys;
  }

  private Path file(String key) throws IOException {
    // keep "a|b" as the older agent has it
    String name = URLEncoder.encode(key, UTF_8).replace("%7C", "|");
    if (name.length() > LONGEST_NAME) {
      throw new IOException("its name is too long for that: " + name.length() + " bytes");
    }
    return folder.resolve(name);
  }

  private static Optional<String> key(Path file) {
    try {
      return Optional.of(URLDecoder.decode(file.getFileName().toString(), UTF_8));
    } catch (IllegalArgumentException e) {
      // not the agent's file
      return Optional.empty();
    }
  }

  void disable(String key) throws IOException {
    Path file = file(key);
    OwnFiles.createFolders(folder);
    OwnFiles.createFile(file);
    // the time counts from now, even if it was disabled before
    Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    OwnFiles.force(file);
    OwnFiles.force(folder);
  }

  void enable(String key) throws IOException {
    if (Files.deleteIfExists(file(key))) {
      OwnFiles.force(folder);
    }
  }

  /**
   * Enables plugins that have been disabled for longer than {@code age}; returns their keys. One
   * that fails stays disabled. A time in the future is set to now.
   */
  Set<String> enableOlderThan(Duration age, Instant now) {
    Set<String> enabled = new TreeSet<>();
    for (String key : load()) {
      try {
        Path file = file(key);
        Instant since = Files.getLastModifiedTime(file).toInstant();
        if (since.isBefore(now.minus(age))) {
          Files.deleteIfExists(file);
          enabled.add(key);
        } else if (since.isAfter(now)) {
          Files.setLastModifiedTime(file, FileTime.from(now));
        }
      } catch (IOException e) {
        LOG.warn("plugin {}: enabling again in {} failed: {}", key, folder, FileReason.of(e));
      }
    }
    return enabled;
  }
}
