package io.loda.agent.http;

import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.UnsafePathException;
import io.loda.common.files.allowed.LogFiles;
import io.loda.common.http.BadCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads whole lines of files below {@code http.log-roots}. It refuses links that lead out of them
 * or that others could change, and what the host's policy refuses. It checks the opened file, so
 * that nobody can swap it after the check. Blocks: worker threads only.
 */
final class LogReader {

  static final int MAX_LINES = 10_000;
  static final int MAX_BYTES = 8 * 1024 * 1024;

  private final LogFiles files;
  private final List<Path> kept;

  /**
   * Makes a reader.
   *
   * <p>It never opens the agent's locks to read them: closing a file releases the process's POSIX
   * locks on it. Nor does it give the registry's answers, which may hold passwords.
   */
  LogReader(LogFiles files, Path dataDir, Path pluginsDir) {
    this.files = files;
    this.kept =
        List.of(
            dataDir.resolve("agent.lock"),
            pluginsDir.resolve(".agent.lock"),
            dataDir.resolve("registry"));
  }

  /**
   * Finds lines, with their line ends. A last line without an end is left out, as it is still being
   * written. A line of more than {@link #MAX_BYTES} comes in parts, so that a reader gets on.
   *
   * @return the lines; the caller closes them
   * @throws BadCall when the file doesn't exist or may not be read
   */
  LogLines open(String name, long offset, long lines) throws IOException {
    FileChannel channel = open(name);
    try {
      return lines(channel, offset, Math.min(lines, MAX_LINES));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private FileChannel open(String name) throws IOException {
    try (Opened opened = SafeFiles.open(path(name))) {
      // check this first: outside the roots no answer may depend on the file
      if (!files.isBelowRoots(opened)) {
        throw refused(name);
      }
      if (isKept(opened)) {
        throw new BadCall(
            403, "fpath: expected a log, found a file of the agent's own at \"" + name + '"');
      }
      if (!opened.stat().isRegular()) {
        throw new BadCall(
            "fpath: expected a regular file, found "
                + opened.stat().type()
                + " at \""
                + name
                + '"');
      }
      files.checkOther(opened, opened.realPath());
      return opened.read();
    } catch (NoSuchFileException e) {
      throw new BadCall(404, "fpath: expected a file, found nothing at \"" + name + '"');
    } catch (AccessDeniedException e) {
      throw new BadCall(
          403, "fpath: expected a file that the agent's user may read, found \"" + name + '"');
    } catch (UnsafePathException e) {
      throw new BadCall(403, "fpath: \"" + name + "\": " + e.getReason());
    } catch (FileSystemException e) {
      // links in a circle, or a file where a folder should be
      throw new BadCall(
          404, "fpath: expected a file, found " + e.getReason() + " at \"" + name + '"');
    }
  }

  private Path path(String name) throws BadCall {
    try {
      Path path = Path.of(name);
      if (!path.isAbsolute()) {
        throw new BadCall("fpath: expected a file's absolute path, found \"" + name + '"');
      }
      // outside the roots the answer doesn't even say whether a file exists
      if (files.roots().stream().noneMatch(root -> path.normalize().startsWith(root))) {
        throw refused(name);
      }
      return path;
    } catch (InvalidPathException e) {
      throw new BadCall("fpath: expected a path, found " + e.getReason());
    }
  }

  /** Returns whether it is one of the agent's own files, by whatever name or hard link. */
  private boolean isKept(Opened opened) throws IOException {
    for (Path own : kept) {
      try (Opened ours = SafeFiles.open(own)) {
        if (opened.way().stream().anyMatch(step -> step.stat().sameFile(ours.stat()))) {
          return true;
        }
      } catch (NoSuchFileException e) {
        // it doesn't exist yet
      }
    }
    return false;
  }

  private BadCall refused(String name) {
    return new BadCall(
        403,
        "fpath: expected a file below "
            + files.roots()
            + " (http.log-roots), found \""
            + name
            + '"');
  }

  private static LogLines lines(FileChannel file, long offset, long wanted) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(64 * 1024);
    int count = 0;
    long end = offset;
    int total = 0;
    while (count < wanted && total < MAX_BYTES && offset < file.size()) {
      chunk.clear().limit(Math.min(chunk.capacity(), MAX_BYTES - total));
      int length = file.read(chunk, offset + total);
      if (length < 0) {
        break;
      }
      for (int i = 0; i < length && count < wanted; i++) {
        if (chunk.get(i) == '\n') {
          count++;
          end = offset + total + i + 1;
        }
      }
      total += length;
    }
    if (count == 0 && total == MAX_BYTES) {
      return new LogLines(file, 1, offset, offset + wholeCharacters(file, offset));
    }
    return new LogLines(file, count, offset, end);
  }

  /** Returns the length without a cut character: the reader's next offset comes after it. */
  private static int wholeCharacters(FileChannel file, long offset) throws IOException {
    ByteBuffer last = ByteBuffer.allocate(4);
    file.read(last, offset + MAX_BYTES - last.capacity());
    int lead = last.capacity() - 1;
    while (lead > 0 && (last.get(lead) & 0xC0) == 0x80) {
      lead--;
    }
    int first = last.get(lead) & 0xFF;
    int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    int cut = lead + length > last.capacity() ? last.capacity() - lead : 0;
    return MAX_BYTES - cut;
  }
}
