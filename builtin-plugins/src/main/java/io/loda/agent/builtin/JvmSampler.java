package io.loda.agent.builtin;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the JVMs that {@code /tmp/hsperfdata_USER/PID} tells of. Those in containers keep theirs
 * where the host doesn't see it.
 */
final class JvmSampler implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(JvmSampler.class);
  private static final int MOST = 500;

  private final Host host;
  private final Path folder;
  private final Baseline<Map<String, JvmUsage>> baseline;
  private final Warnings warnings = new Warnings(log);

  JvmSampler(Host host, LongSupplier nanoTime) {
    this.host = host;
    this.folder = host.resolve("/tmp");
    this.baseline = new Baseline<>(nanoTime);
  }

  void start() {
    try {
      baseline.set(read());
    } catch (IOException e) {
      log.debug("no first reading", e);
    }
  }

  @Override
  public List<Metric> collect() throws IOException {
    Map<String, JvmUsage> now = read();
    Points points = new Points();
    now.forEach(
        (pid, jvm) -> {
          points.add(jvm.metric("jvm.heap.used", pid, (double) jvm.heapUsedBytes()));
          points.add(jvm.metric("jvm.heap.max", pid, (double) jvm.heapMaxBytes()));
        });
    baseline.advance(now).ifPresent(span -> addRates(span, now, points));
    return points.list();
  }

  private static void addRates(
      Baseline.Span<Map<String, JvmUsage>> span, Map<String, JvmUsage> now, Points points) {
    now.forEach(
        (pid, jvm) -> {
          JvmUsage before = span.before().get(pid);
          if (before == null) {
            return;
          }
          long nanos = Counter.grown(before.collectionNanos(), jvm.collectionNanos());
          long times = Counter.grown(before.collections(), jvm.collections());
          if (nanos != Counter.RESET && times != Counter.RESET) {
            double millis = TwoDecimals.cut(nanos / 1e6 / span.seconds());
            points.add(jvm.metric("jvm.gc.time", pid, millis));
            points.add(jvm.metric("jvm.gc.count", pid, TwoDecimals.cut(times / span.seconds())));
          }
        });
  }

  private Map<String, JvmUsage> read() throws IOException {
    Map<String, JvmUsage> found = new HashMap<>();
    readFolder(folder, found);
    // A service with PrivateTmp=yes has a /tmp of its own
    try (DirectoryStream<Path> services = Files.newDirectoryStream(folder, "systemd-private-*")) {
      for (Path service : services) {
        if (Files.isDirectory(service.resolve("tmp"), LinkOption.NOFOLLOW_LINKS)) {
          readFolder(service.resolve("tmp"), found);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return found;
  }

  private void readFolder(Path tmp, Map<String, JvmUsage> found) throws IOException {
    try (DirectoryStream<Path> users = Files.newDirectoryStream(tmp, "hsperfdata_*")) {
      for (Path user : users) {
        if (Files.isDirectory(user, LinkOption.NOFOLLOW_LINKS)) {
          readUser(user, found);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void readUser(Path user, Map<String, JvmUsage> found) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(user, "[1-9]*")) {
      for (Path file : files) {
        String pid = file.getFileName().toString();
        // A program that was killed leaves its file
        if (found.size() < MOST && Files.exists(host.proc().resolve(pid))) {
          readOne(file, pid, found);
        }
      }
    } catch (AccessDeniedException e) {
      deny(user);
    } catch (IOException | DirectoryIteratorException e) {
      log.debug("can't list {}", user, e);
    }
  }

  private void readOne(Path file, String pid, Map<String, JvmUsage> found) {
    try {
      found.put(pid, JvmUsage.of(PerfData.read(file)));
    } catch (AccessDeniedException e) {
      deny(file);
    } catch (IOException e) {
      log.debug("{} says nothing", file, e); // it begins, or has just ended
    }
  }

  private void deny(Path path) {
    warnings.once(
        "denied",
        "no right to read %s: the JVMs of other users are left out. Run the agent as root"
            .formatted(path));
  }
}
