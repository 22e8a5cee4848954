package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.system.Command;
import io.loda.common.files.FileReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts processes at low priority: nice 10 and, if the disk's scheduler has it, the idle I/O
 * class.
 *
 * <p>On Linux both belong to a thread and are inherited by the processes that it starts. So the
 * priority of the starting threads is set once, which saves two programs for each run. They do
 * nothing else, since a thread at low priority would slow down other work. Any thread may call;
 * blocks shortly.
 *
 * <p>{@code nice} and {@code ionice} would cost 0.6 ms each before each plugin. {@code
 * jdk.lang.Process.launchMechanism=VFORK} would save 0.7 ms a run, but newer JDKs call it
 * dangerous, print a warning and are about to remove it.
 */
public final class Spawner implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Spawner.class);
  private static final String NICE = "10";
  private static final String IDLE = "3";

  /** More than one, so that a start that waits for a disk doesn't block other starts. */
  private static final int THREADS = 2;

  private final AtomicInteger threads = new AtomicInteger();
  private final ExecutorService executor =
      Executors.newFixedThreadPool(
          THREADS,
          work -> {
            Thread thread =
                new Thread(
                    () -> {
                      giveWay();
                      work.run();
                    },
                    "plugin-start-" + threads.getAndIncrement());
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Starts a process.
   *
   * @throws IOException when it can't be started
   */
  public Process start(ProcessBuilder builder) throws IOException {
    Future<Process> started = executor.submit(builder::start);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return started.get();
        } catch (InterruptedException e) {
          // keep waiting: otherwise the process that is being started is lost
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cannot) {
        throw cannot;
      }
      throw new IOException(FileReason.of(e.getCause() == null ? e : e.getCause()), e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void giveWay() {
    try {
      String thread = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
      if (!Command.run(List.of("renice", "-n", NICE, "-p", thread))) {
        LOG.info("plugins: renice failed, running at the agent's own priority");
      }
      if (!Command.run(List.of("ionice", "-c", IDLE, "-p", thread))) {
        LOG.info("plugins: ionice failed, using the disk at the agent's own priority");
      }
    } catch (IOException | RuntimeException e) {
      LOG.info("plugins: lower priority failed, running at the agent's own: {}", FileReason.of(e));
    }
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}
