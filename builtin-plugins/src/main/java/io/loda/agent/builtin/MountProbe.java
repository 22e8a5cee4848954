package io.loda.agent.builtin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.loda.agent.plugin.Metric;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at one mount. Every step may hang for ever, as at a network file system that is dead. */
final class MountProbe {
  private static final Logger log = LoggerFactory.getLogger(MountProbe.class);
  private static final double MEBIBYTE = 1024 * 1024;
  private static final String TEST_FILE = ".loda-fs-detect";

  private final Host host;
  private final Warnings warnings = new Warnings(log);

  MountProbe(Host host) {
    this.host = host;
  }

  /** Thread-safe; empty for what isn't a folder, as the single files that containers mount. */
  List<Metric> measure(Mount mount) {
    Path folder = host.resolve(mount.path());
    Points points = new Points();
    if (Files.isRegularFile(folder)) {
      return points.list();
    }
    addSpace(folder.toFile(), mount, points);
    addReadWrite(folder, mount, points);
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
    // As df does it: of what users can have, rounded up
    double percent = Math.ceil(used * 100.0 / (used + free));
    points.add("fs.space.used.percent", percent, "mount", mount.path());
  }

  private void addReadWrite(Path folder, Mount mount, Points points) {
    try {
      if (mount.readOnly()) {
        try (Stream<Path> entries = Files.list(folder)) {
          log.trace("{} has {} entries", folder, entries.count());
        }
      } else {
        writeReadRemove(folder.resolve(TEST_FILE));
      }
      points.add("fs.files.rw", 1, "mount", mount.path());
      warnings.over(mount.path());
    } catch (AccessDeniedException e) {
      warnings.once(
          mount.path(),
          "no right to write to %s: its fs.files.rw is left out. Run the agent as root"
              .formatted(mount.path()));
    } catch (IOException e) {
      warnings.once(mount.path(), "%s is at fault: %s".formatted(mount.path(), e));
      points.add("fs.files.rw", 0, "mount", mount.path());
    }
  }

  /** Never follows a link that somebody has put there in the file's place. */
  private static void writeReadRemove(Path file) throws IOException {
    Files.deleteIfExists(file);
    byte[] content = ("FS-RW " + Instant.now()).getBytes(UTF_8);
    try (FileChannel channel = FileChannel.open(file, CREATE_NEW, WRITE)) {
      channel.write(ByteBuffer.wrap(content));
      channel.force(true);
    }
    byte[] found = Files.readAllBytes(file);
    Files.delete(file);
    if (!Arrays.equals(content, found)) {
      throw new IOException("what was written to " + file + " isn't what is read");
    }
  }
}
