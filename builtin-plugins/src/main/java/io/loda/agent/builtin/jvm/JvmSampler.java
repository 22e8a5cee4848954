package io.loda.agent.builtin.jvm;

import io.loda.agent.builtin.kit.Baseline;
import io.loda.agent.builtin.kit.Counter;
import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TwoDecimals;
import io.loda.agent.builtin.kit.Warnings;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the JVMs that have a file {@code /tmp/hsperfdata_USER/PID}. A container's {@code /tmp}
 * isn't visible on the host, so its JVMs are missing.
 */
final class JvmSampler implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(JvmSampler.class);
  private static final int MOST = 500;
  private static final int MOST_NAMES = 10_000;

  private static final Pattern PID = Pattern.compile("[1-9][0-9]{0,9}");

  private final HostTrees host;
  private final Path folder;
  private final Baseline<Map<String, JvmUsage>> baseline;
  private final Warnings warnings = new Warnings(log);

  JvmSampler(HostTrees host, LongSupplier nanoTime) {
    this.host = host;
    this.folder = host.resolve("/tmp");
    this.baseline = new Baseline<>(nanoTime);
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
    try (Opened tmp = SafeFiles.openFolder(folder)) {
      for (Path name : tmp.names(MOST_NAMES, JvmSampler::isOfUser)) {
        readUser(tmp, name, found);
      }
      for (Path name : tmp.names(MOST_NAMES, JvmSampler::isOfService)) {
        readService(tmp, name, found);
      }
    }
    return found;
  }

  private static boolean isOfUser(Path name) {
    return name.toString().startsWith("hsperfdata_");
  }

  private static boolean isOfService(Path name) {
    return name.toString().startsWith("systemd-private-");
  }

  /** Returns whether the file's process exists: a killed program leaves its file. */
  private boolean isOfProcess(Path name) {
    String pid = name.toString();
    return PID.matcher(pid).matches() && Files.exists(host.proc().resolve(pid));
  }

  /** Reads the /tmp of a service with PrivateTmp=yes. */
  private void readService(Opened tmp, Path service, Map<String, JvmUsage> found) {
    try (Opened outer = tmp.child(service);
        Opened own = outer.child(Path.of("tmp"))) {
      for (Path name : own.names(MOST_NAMES, JvmSampler::isOfUser)) {
        readUser(own, name, found);
      }
    } catch (IOException e) {
      log.debug("JVM: list of {} failed", service, e); // it may not be a folder
    }
  }

  private void readUser(Opened tmp, Path name, Map<String, JvmUsage> found) {
    try (Opened user = tmp.child(name)) {
      if (!user.stat().isFolder()) {
        return;
      }
      for (Path file : user.names(MOST_NAMES, this::isOfProcess)) {
        if (found.size() < MOST) {
          readOne(user, file, found);
        }
      }
    } catch (AccessDeniedException e) {
      deny(tmp.realPath().resolve(name));
    } catch (IOException e) {
      log.debug("JVM: list of {} failed", name, e);
    }
  }

  private void readOne(Opened user, Path file, Map<String, JvmUsage> found) {
    try (Opened opened = user.child(file)) {
      found.put(file.toString(), JvmUsage.of(PerfData.read(opened)));
    } catch (AccessDeniedException e) {
      deny(user.realPath().resolve(file));
    } catch (IOException e) {
      log.debug("JVM: read of {} failed", file, e); // it is starting, or has ended
    }
  }

  private void deny(Path path) {
    warnings.once(
        "denied",
        "JVM: read of %s refused, the JVMs of other users are left out; run the agent as root"
            .formatted(path));
  }
}
