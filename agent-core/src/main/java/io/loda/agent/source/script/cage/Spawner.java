package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.result.StartFailure;
import io.loda.agent.source.script.system.Command;
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
 * Starts processes that give way to all others: nice 10 and, where the disk's scheduler has it, the
 * idle class.
 *
 * <p>On Linux both belong to a thread and are inherited by what it starts. So the threads that
 * start plugins are set once, rather than each run by two more programs. Those threads do nothing
 * else: one that has to wait for the processor must not make others wait for it. Any thread may
 * call; blocks shortly.
 */
public final class Spawner implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Spawner.class);
  private static final String NICE = "10";
  private static final String IDLE = "3";

  /** More than one, so that a start that waits for a disk doesn't hold up the others. */
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
   * Starts it.
   *
   * @throws IOException when it can't be
   */
  public Process start(ProcessBuilder builder) throws IOException {
    Future<Process> started = executor.submit(builder::start);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return started.get();
        } catch (InterruptedException e) {
          // a process that is just being started must not be lost
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cannot) {
        throw cannot;
      }
      throw new IOException(StartFailure.text(e.getCause() == null ? e : e.getCause()), e);
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
        LOG.info("plugins run at the agent's own priority: renice failed");
      }
      if (!Command.run(List.of("ionice", "-c", IDLE, "-p", thread))) {
        LOG.info("plugins use the disk at the agent's own priority: ionice failed");
      }
    } catch (IOException | RuntimeException e) {
      LOG.info("plugins run at the agent's own priority: {}", e.toString());
    }
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}
