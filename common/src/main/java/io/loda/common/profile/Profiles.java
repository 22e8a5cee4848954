package io.loda.common.profile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes profiles on signals: SIGUSR1 starts a recording of the CPU, SIGUSR2 writes the contents of
 * the memory. One at a time. Any thread.
 */
public final class Profiles {

  private static final Logger LOG = LoggerFactory.getLogger(Profiles.class);
  private static final Duration CLOSE = Duration.ofSeconds(3);

  private final ProfileSettings settings;
  private final AtomicReference<@Nullable Thread> working = new AtomicReference<>();
  private final CountDownLatch closing = new CountDownLatch(1);

  public Profiles(ProfileSettings settings) {
    this.settings = settings;
  }

  /** Registers the handlers of the signals. */
  public void start() {
    try {
      Signals.on("USR1", this::cpu);
      Signals.on("USR2", this::memory);
    } catch (IllegalStateException e) {
      LOG.warn("profile: signals can't be listened for: {}", e.getMessage());
    }
  }

  /** Records a CPU profile and writes it. */
  void cpu() {
    begin(
        "CPU profile, " + settings.cpuDuration().toSeconds() + " s",
        settings.cpuFile(),
        ".jfr",
        this::record);
  }

  /** Writes a memory profile. */
  void memory() {
    boolean dump = settings.memoryFile().toString().endsWith(".hprof");
    begin(
        dump ? "heap dump" : "class histogram",
        settings.memoryFile(),
        ".hprof",
        dump
            ? Profiles::heap
            : path -> OwnFiles.write(path, ClassHistogram.text().getBytes(UTF_8)));
  }

  private void begin(String what, Path file, String suffix, NewFile.Writing writing) {
    Thread thread =
        new Thread(
            () -> {
              try {
                LOG.info("profile: {} written to {}", what, NewFile.write(file, suffix, writing));
              } catch (IOException | RuntimeException e) {
                LOG.error("profile: {} to {} failed: {}", what, file, FileReason.of(e));
              } finally {
                working.set(null);
              }
            },
            "profile");
    thread.setDaemon(true);
    if (working.compareAndSet(null, thread)) {
      LOG.info("profile: {} begins", what);
      thread.start();
    } else {
      LOG.warn("profile: {} refused, another one is being written", what);
    }
  }

  private void record(Path path) throws IOException {
    try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
      recording.start();
      boolean stopped = closing.await(settings.cpuDuration().toMillis(), TimeUnit.MILLISECONDS);
      recording.stop();
      try (InputStream events = recording.getStream(null, null);
          FileChannel file = OwnFiles.open(path, CREATE_NEW, WRITE)) {
        events.transferTo(Channels.newOutputStream(file));
      }
      LOG.debug("profile: recording ended {}", stopped ? "by the stop" : "in time");
    } catch (ParseException e) {
      throw new IOException("this JVM has no settings for profiles", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void heap(Path path) throws IOException {
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpHeap(path.toString(), true);
  }

  /** Ends a recording, and waits shortly until it is written. */
  public void close() {
    closing.countDown();
    Thread thread = working.get();
    if (thread != null) {
      try {
        thread.join(CLOSE.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
