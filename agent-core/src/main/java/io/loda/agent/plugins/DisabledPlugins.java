package io.loda.agent.plugins;

import static java.nio.charset.StandardCharsets.UTF_8;

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
 * The plugins that somebody disabled: one empty file each, {@code plugin.disabled/<ns>|<project>}
 * in the plugins' folder, where the older agent had them too. Other keys are percent-encoded: a
 * Java plugin's name may hold anything. The file's time says since when. Blocks: worker threads
 * only.
 */
public final class DisabledPlugins {

  private static final Logger LOG = LoggerFactory.getLogger(DisabledPlugins.class);

  /** Of a file. */
  private static final int LONGEST_NAME = 255;

  private final Path folder;

  public DisabledPlugins(Path pluginsFolder) {
    this.folder = pluginsFolder.resolve("plugin.disabled");
  }

  /** The keys of those that are disabled. */
  Set<String> load() {
    Set<String> keys = new TreeSet<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        files.forEach(file -> key(file).ifPresent(keys::add));
      } catch (IOException | DirectoryIteratorException e) {
        LOG.warn("{}: which plugins are disabled can't be read: {}", folder, e.toString());
      }
    }
    return keys;
  }

  private Path file(String key) throws IOException {
    // "a|b" stays, as the older agent has it
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
      // no file of an agent's
      return Optional.empty();
    }
  }

  void disable(String key) throws IOException {
    Path file = file(key);
    OwnFiles.createFolders(folder);
    OwnFiles.createFile(file);
    // since when it is disabled, also if it was before
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
   * Enables those that are disabled for longer; returns their keys. One that can't be stays. What
   * was disabled by a clock that was ahead is so from now on.
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
        LOG.warn("{}: {} can't be enabled again: {}", folder, key, e.toString());
      }
    }
    return enabled;
  }
}
