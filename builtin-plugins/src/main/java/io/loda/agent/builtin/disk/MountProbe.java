package io.loda.agent.builtin.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TwoDecimals;
import io.loda.agent.builtin.kit.Warnings;
import io.loda.agent.plugin.Metric;
import io.loda.common.files.FileStat;
import io.loda.common.files.Opened;
import io.loda.common.files.Owners;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.UnsafePathException;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures one mount. Every step may hang for ever, as on a network file system whose server is
 * down. {@code fs.files.rw} is left out if the agent may not write there: a 0 means a broken file
 * system, and raises an alarm.
 */
final class MountProbe {
  private static final Logger log = LoggerFactory.getLogger(MountProbe.class);
  private static final double MEBIBYTE = 1024 * 1024;
  private static final String TEST_FILE = ".loda-fs-detect";
  private static final int MOST_NAMES = 10_000;
  private static final int MOST_LEFT_BYTES = 64;

  private final HostTrees host;
  private final Warnings warnings = new Warnings(log);
  private final Set<String> swept = ConcurrentHashMap.newKeySet();

  MountProbe(HostTrees host) {
    this.host = host;
  }

  /**
   * Measures the mount; thread-safe. Empty if it isn't a folder, as the single files that
   * containers mount.
   */
  List<Metric> measure(Mount mount) {
    Path path = host.resolve(mount.path());
    Points points = new Points();
    try (Opened folder = SafeFiles.open(path)) {
      if (folder.stat().isFolder()) {
        addSpace(path.toFile(), mount, points);
        addReadWrite(folder, mount, points);
      }
    } catch (AccessDeniedException | NoSuchFileException | UnsafePathException e) {
      noRight(mount);
    } catch (IOException e) {
      atFault(mount, e, points);
    }
    return points.list();
  }

  private static void addSpace(File folder, Mount mount, Points points) {
    long total = folder.getTotalSpace();
    if (total == 0) {
      return;
    }
    long used = total - folder.getFreeSpace();
    long free = folder.getUsableSpace();
    points.add("fs.space.total", TwoDecimals.cut(total / MEBIBYTE), "mount", mount.path());
    points.add("fs.space.used", TwoDecimals.cut(used / MEBIBYTE), "mount", mount.path());
    points.add("fs.space.free", TwoDecimals.cut(free / MEBIBYTE), "mount", mount.path());
    // like df: relative to what users can use, rounded up
    double percent = Math.ceil(used * 100.0 / (used + free));
    points.add("fs.space.used.percent", percent, "mount", mount.path());
  }

  private void addReadWrite(Opened folder, Mount mount, Points points) {
    try {
      if (mount.readOnly()) {
        list(folder);
      } else {
        if (swept.add(mount.path())) {
          sweep(folder);
        }
        writeReadRemove(folder);
      }
      points.add("fs.files.rw", 1, "mount", mount.path());
      warnings.over(mount.path());
    } catch (AccessDeniedException e) {
      noRight(mount);
    } catch (IOException e) {
      atFault(mount, e, points);
    }
  }

  private void noRight(Mount mount) {
    warnings.once(
        mount.path(),
        "FS: write to %s refused, its fs.files.rw is left out; run the agent as root"
            .formatted(mount.path()));
  }

  private void atFault(Mount mount, IOException e, Points points) {
    warnings.once(mount.path(), "FS: write to %s failed: %s".formatted(mount.path(), e));
    points.add("fs.files.rw", 0, "mount", mount.path());
  }

  private static void list(Opened folder) throws IOException {
    try (DirectoryStream<Path> entries = folder.entries()) {
      for (Path entry : entries) {
        log.trace("{} has {}", folder, entry.getFileName());
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** Writes, reads and deletes a file with a random name, which nobody can create in advance. */
  private static void writeReadRemove(Opened folder) throws IOException {
    Path name = Path.of(TEST_FILE + "-" + UUID.randomUUID());
    byte[] content = ("FS-RW " + Instant.now()).getBytes(UTF_8);
    ByteBuffer found = ByteBuffer.allocate(content.length);
    try (FileChannel channel = folder.create(name)) {
      try {
        channel.write(ByteBuffer.wrap(content), 0);
        channel.force(true);
        channel.read(found, 0);
      } finally {
        remove(folder, name);
      }
    }
    if (!Arrays.equals(content, found.array())) {
      throw new IOException("what was written to " + folder + " isn't what is read");
    }
  }

  /**
   * Deletes the file. In a world-writable folder another user may have replaced it, which isn't a
   * fault of the mount.
   */
  private static void remove(Opened folder, Path name) throws IOException {
    try (Opened there = folder.child(name)) {
      if (there.stat().isRegular()) {
        folder.deleteFile(name);
      }
    } catch (NoSuchFileException e) {
      // it is gone
    } catch (FileSystemException e) {
      log.debug("FS: {} was swapped while it was deleted", name, e);
    }
  }

  /** Deletes the small files of a killed agent, once for each mount. */
  private static void sweep(Opened folder) {
    try {
      for (Path name : folder.names(MOST_NAMES, other -> other.toString().startsWith(TEST_FILE))) {
        sweep(folder, name);
      }
    } catch (IOException e) {
      log.debug("FS: look for old files in {} failed", folder, e);
    }
  }

  private static void sweep(Opened folder, Path name) throws IOException {
    try (Opened left = folder.child(name)) {
      FileStat stat = left.stat();
      if (stat.isRegular()
          && stat.size() <= MOST_LEFT_BYTES
          && Owners.ours().uids().contains(stat.uid())) {
        folder.deleteFile(name);
      }
    }
  }
}
