package io.loda.agent.source.script.cage;

import io.loda.common.files.FileReason;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Adds up files until they are too many or too large. Their owner may change them meanwhile. So
 * each folder is opened relative to the one above, no link is followed, no file is opened, and no
 * path is too long. A file that can't be examined counts as too much, unless it is gone.
 */
final class FileSum {

  /** The most files and folders: they use the host's inodes, and examining each takes time. */
  static final int MOST_FILES = 10_000;

  /** The most levels: a folder of each is open during the walk. */
  private static final int MOST_LEVELS = 32;

  private final long maxBytes;
  private long bytes;
  private int files;
  private String problem = "";

  FileSum(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Returns what exceeds its limit, in words; empty: nothing. */
  String problem() {
    return problem;
  }

  /** Adds bytes that have no file name. */
  void add(long moreBytes) {
    bytes += moreBytes;
    if (bytes > maxBytes) {
      over("more than " + maxBytes + " bytes (plugins.max-scratch)");
    }
  }

  /** Adds all in a folder whose path nobody else can change. */
  void addFolder(Path folder) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        addEntry(entry);
        if (!problem.isEmpty()) {
          return;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      unseen(folder, e);
    }
  }

  /** Adds a file, or a folder with all in it, whose parent nobody else can change. */
  void addEntry(Path entry) {
    try {
      if (add(attributes(entry)).isDirectory() && problem.isEmpty()) {
        try (Opened folder = SafeFiles.openUnfollowed(entry)) {
          addFolder(folder, 1);
        }
      }
    } catch (IOException e) {
      unseen(entry, e);
    }
  }

  private void addFolder(Opened folder, int level) throws IOException {
    if (!folder.stat().isFolder()) {
      // it was replaced: the next measurement sees the new one
      return;
    }
    if (level >= MOST_LEVELS) {
      over("folders in folders, more than " + MOST_LEVELS + " deep");
      return;
    }
    try (DirectoryStream<Path> entries = folder.entries()) {
      for (Path entry : entries) {
        addBelow(folder, entry, level);
        if (!problem.isEmpty()) {
          return;
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void addBelow(Opened folder, Path entry, int level) throws IOException {
    try {
      if (add(attributes(entry)).isDirectory() && problem.isEmpty()) {
        try (Opened child = folder.child(entry.getFileName())) {
          addFolder(child, level + 1);
        }
      }
    } catch (NoSuchFileException e) {
      // it was deleted meanwhile
    }
  }

  private static BasicFileAttributes attributes(Path entry) throws IOException {
    return Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private BasicFileAttributes add(BasicFileAttributes attributes) {
    if (++files > MOST_FILES) {
      over("more than " + MOST_FILES + " files");
    } else {
      add(attributes.isRegularFile() ? attributes.size() : 0);
    }
    return attributes;
  }

  private void unseen(Path path, Exception e) {
    if (!(e instanceof NoSuchFileException)) {
      over("what the agent can't read (" + path + ": " + FileReason.of(e) + ")");
    }
  }

  private void over(String what) {
    if (problem.isEmpty()) {
      problem = what;
    }
  }
}
