package io.loda.agent.source.script;

import io.loda.agent.source.StreamingSource;
import io.loda.agent.source.script.run.Cancellation;
import io.loda.common.files.FileReason;
import io.loda.common.time.Backoff;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A script plugin that runs continuously. While it is started it has a thread of its own, which
 * runs the plugin, reads its output, and restarts it when it ends or its checkout has another
 * commit. Each end is reported as a run; an end caused by the agent counts as good.
 *
 * <p>It has a thread of its own because it would occupy one of {@code plugins.max-runs} places for
 * ever, and no limit on CPU seconds because they add up without end; {@code nice} holds it back. It
 * checks the checkout's link once a second, which covers updates by call, automatic updates and
 * rollbacks alike.
 */
public final class StreamSource implements StreamingSource {

  private static final Logger LOG = LoggerFactory.getLogger(StreamSource.class);

  private static final Backoff BACKOFF = Backoff.of(Duration.ofSeconds(1), Duration.ofSeconds(60));
  private static final Duration WELL = Duration.ofSeconds(60);

  private final ScriptPlugin plugin;
  private final Backoff backoff;
  private final Duration well;

  // guarded by this
  private boolean wanted;
  private boolean alive;
  private Cancellation cancellation = new Cancellation();
  private @Nullable Promise<Void> halted;

  private volatile boolean running;
  private boolean closed;

  /**
   * Creates a stream, not started.
   *
   * @param backoff before a restart
   * @param well a run of at least this length resets the back-off
   * @throws IllegalStateException when the limit of streams is reached
   */
  StreamSource(ScriptPlugin plugin, Backoff backoff, Duration well) {
    this.plugin = plugin;
    this.backoff = backoff;
    this.well = well;
    plugin.runner().addStream();
  }

  public StreamSource(ScriptPlugin plugin) {
    this(plugin, BACKOFF, WELL);
  }

  @Override
  public synchronized void start(StreamListener listener) {
    if (!alive) {
      Thread thread = new Thread(() -> follow(listener), "stream " + plugin.assignment().key());
      thread.setDaemon(true);
      // throws if the system has no thread left; the new thread waits for this lock
      thread.start();
      alive = true;
    }
    wanted = true;
  }

  @Override
  public synchronized Future<Void> halt() {
    wanted = false;
    if (!alive) {
      return Future.succeededFuture();
    }
    cancellation.cancel();
    notifyAll();
    if (halted == null) {
      halted = Promise.promise();
    }
    return halted.future();
  }

  @Override
  public Future<Void> close() {
    if (!closed) {
      closed = true;
      plugin.runner().removeStream();
    }
    return halt();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  private void follow(StreamListener listener) {
    boolean over = false;
    try {
      Backoff next = backoff;
      while (begins()) {
        StreamRun run = new StreamRun(plugin, well, cancellation(), listener);
        try {
          follow(run);
        } catch (RuntimeException e) {
          LOG.error(
              "plugin {}: reading the stream failed, restarting it: {}",
              plugin.assignment().key(),
              FileReason.of(e),
              e);
        }
        if (run.endedByAgent() || run.duration().compareTo(well) >= 0) {
          next = backoff;
        }
        next = rest(run, next);
      }
      over = true;
    } catch (InterruptedException e) {
      // it is interrupted only at the JVM's end
      Thread.currentThread().interrupt();
    } finally {
      if (!over) {
        gone();
      }
    }
  }

  private void follow(StreamRun run) throws InterruptedException {
    running = true;
    try {
      run.run();
    } finally {
      running = false;
    }
    run.tell();
  }

  /** Returns whether to run; if not, this thread ends and releases its place. */
  private boolean begins() {
    Promise<Void> ended;
    boolean go;
    synchronized (this) {
      go = wanted && !plugin.runner().isClosing();
      ended = halted;
      halted = null;
      if (go) {
        cancellation = new Cancellation();
      } else {
        wanted = false;
        alive = false;
      }
    }
    if (ended != null) {
      ended.complete();
    }
    return go;
  }

  private void gone() {
    Promise<Void> ended;
    synchronized (this) {
      alive = false;
      ended = halted;
      halted = null;
    }
    if (ended != null) {
      ended.complete();
    }
  }

  /** Waits for the back-off before the restart; returns the next back-off. */
  private Backoff rest(StreamRun last, Backoff now) throws InterruptedException {
    long end = System.nanoTime() + now.pause().toNanos();
    while (!last.outdated()) {
      synchronized (this) {
        long left = end - System.nanoTime();
        if (left <= 0 || !wanted || cancellation.isCancelled() || plugin.runner().isClosing()) {
          return now.longer();
        }
        TimeUnit.NANOSECONDS.timedWait(this, Math.min(left, TimeUnit.SECONDS.toNanos(1)));
      }
    }
    return backoff;
  }

  private synchronized Cancellation cancellation() {
    return cancellation;
  }
}
