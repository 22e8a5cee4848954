package io.loda.agent.source.script;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.StreamingSource;
import io.loda.agent.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A script plugin that runs for ever. It has a thread of its own while it is started, which runs
 * it, reads what it prints, and begins anew when it ends or when its checkout is of another commit.
 * Each end is a run like another's, and one that the agent made is a good one.
 */
public final class StreamSource implements StreamingSource {

  private static final Logger LOG = LoggerFactory.getLogger(StreamSource.class);
  private static final Duration LISTENER_TIME = Duration.ofSeconds(5);

  /**
   * How soon it is started again.
   *
   * @param first after it ended; twice as long each time
   * @param longest at the most
   * @param well after it ran for so long, it is the first again
   */
  record Backoff(Duration first, Duration longest, Duration well) {

    static final Backoff DEFAULT =
        new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), Duration.ofSeconds(60));

    Duration after(Duration last) {
      Duration twice = last.multipliedBy(2);
      return twice.compareTo(longest) < 0 ? twice : longest;
    }
  }

  private final Assignment.Script assignment;
  private final ScriptRunner runner;
  private final ScriptSource runs;
  private final Callable<Path> folder;
  private final boolean watched;
  private final Discards discards;
  private final Backoff backoff;

  // guarded by this
  private boolean wanted;
  private boolean alive;
  private Cancellation cancellation = new Cancellation();
  private @Nullable Promise<Void> halted;

  private volatile boolean running;
  private boolean closed;

  /**
   * A stream, not started yet.
   *
   * @param watched begin anew when the folder becomes another
   * @throws IllegalStateException when there are as many as there may be
   */
  StreamSource(
      Assignment.Script assignment,
      ScriptRunner runner,
      Callable<Path> folder,
      boolean watched,
      Discards discards,
      Backoff backoff) {
    this.assignment = assignment;
    this.runner = runner;
    this.runs = ScriptSource.of(assignment, runner, folder, discards);
    this.folder = folder;
    this.watched = watched;
    this.discards = discards;
    this.backoff = backoff;
    runner.addStream();
  }

  /** A plugin in a checkout. */
  public static StreamSource ofCheckout(
      Assignment.Script assignment, ScriptRunner runner, Path checkout, Discards discards) {
    return new StreamSource(
        assignment, runner, () -> ScriptSource.version(checkout), true, discards, Backoff.DEFAULT);
  }

  /**
   * A plugin in a folder of the host.
   *
   * @param copy where to run it when its user can't get to the folder
   */
  public static StreamSource ofFolder(
      Assignment.Script assignment,
      ScriptRunner runner,
      Path folder,
      Path copy,
      Discards discards) {
    LocalFolder local = new LocalFolder(folder, copy, runner.user(), runner.maxRepositoryBytes());
    return new StreamSource(assignment, runner, local::ready, false, discards, Backoff.DEFAULT);
  }

  @Override
  public synchronized void start(Listener listener) {
    if (!alive) {
      alive = true;
      Thread thread = new Thread(() -> follow(listener), "stream " + assignment.key());
      thread.setDaemon(true);
      thread.start();
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
      runner.removeStream();
    }
    return halt();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  private void follow(Listener listener) {
    boolean over = false;
    try {
      Duration pause = backoff.first();
      while (begins()) {
        Run run = new Run(listener);
        try {
          run.run();
        } catch (RuntimeException e) {
          LOG.error("{} can't be followed, begins anew: {}", assignment.key(), e.toString(), e);
        }
        if (endedByAgent() || run.result.duration().compareTo(backoff.well()) >= 0) {
          pause = backoff.first();
        }
        if (!run.outdated) {
          rest(pause);
          pause = backoff.after(pause);
        }
      }
      over = true;
    } catch (InterruptedException e) {
      // nobody interrupts it but the end of the JVM
      Thread.currentThread().interrupt();
    } finally {
      if (!over) {
        gone();
      }
    }
  }

  /** Whether it is to run; where it isn't, the thread is no longer its own. */
  private boolean begins() {
    Promise<Void> ended;
    boolean go;
    synchronized (this) {
      go = wanted && !runner.isClosing();
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

  private synchronized void rest(Duration pause) throws InterruptedException {
    long end = System.nanoTime() + pause.toNanos();
    for (long left = pause.toNanos();
        left > 0 && wanted && !cancellation.isCancelled() && !runner.isClosing();
        left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, Math.min(left, TimeUnit.SECONDS.toNanos(1)));
    }
  }

  private synchronized boolean endedByAgent() {
    return cancellation.isCancelled() || runner.isClosing();
  }

  /** From one start to its end. */
  private final class Run implements StreamOutput.Sink {

    private final Listener listener;
    private final long start = System.nanoTime();
    private final Cancellation mine;
    private @Nullable Path version;
    private boolean outdated;
    private boolean wentWell;
    private RunResult result = RunResult.startFailed("");

    Run(Listener listener) {
      this.listener = listener;
      synchronized (StreamSource.this) {
        this.mine = cancellation;
      }
    }

    void run() throws InterruptedException {
      StreamOutput output =
          new StreamOutput(
              assignment.format(),
              runner.config().maxOutputBytes(),
              runner.config().maxSeries(),
              assignment.interval(),
              System::nanoTime,
              this);
      running = true;
      RunResult ended;
      try {
        ended =
            runner.stream(
                () -> {
                  Path ready = folder.call();
                  version = ready;
                  return ready;
                },
                new ScriptRunner.Run(
                    assignment.namespace(),
                    assignment.name(),
                    assignment.project(),
                    assignment.parameters(),
                    assignment.interval(),
                    ScriptRunner.FOR_EVER,
                    mine),
                output);
        output.finish();
      } finally {
        running = false;
      }
      result = judged(ended, output);
      if (result.outcome() != RunResult.Outcome.START_FAILED || !endedByAgent()) {
        waitFor(
            listener.ended(
                runs.collected(
                        result,
                        "regular",
                        version == null ? "" : ScriptSource.commit(version),
                        output.good(),
                        output.bad())
                    .collected()));
      }
    }

    private RunResult judged(RunResult ended, StreamOutput output) {
      if (ended.outcome() == RunResult.Outcome.TIMEOUT && endedByAgent()) {
        return ended.failed(RunResult.Outcome.OK, "");
      }
      if (ended.ok() && output.good() == 0 && output.bad() > 0) {
        return ended.failed(
            RunResult.Outcome.BAD_OUTPUT,
            "standard output: expected metrics, found none that is good among "
                + output.bad()
                + "; "
                + output.lastReason());
      }
      return ended;
    }

    @Override
    public void metrics(List<Metric> metrics) throws InterruptedException {
      waitFor(
          listener.given(
              List.of(
                  new Batch(
                      assignment.namespace(), "PLUGIN." + assignment.name() + ".", metrics))));
    }

    @Override
    public void refused(long count, String reason) {
      if (count > 0) {
        discards.count("plugin-output", count, "plugin " + assignment.key() + ": " + reason);
      }
    }

    @Override
    public void look() {
      if (!wentWell && System.nanoTime() - start >= backoff.well().toNanos()) {
        wentWell = true;
        listener.well();
      }
      if (watched && !outdated && version != null) {
        try {
          outdated = !version.equals(folder.call());
        } catch (Exception e) {
          // it is being switched, or gone: what runs goes on
          return;
        }
        if (outdated) {
          mine.cancel();
        }
      }
    }

    private void waitFor(Future<Void> taken) throws InterruptedException {
      try {
        taken
            .toCompletionStage()
            .toCompletableFuture()
            .get(LISTENER_TIME.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException e) {
        // whoever listens is hardly there any more
        discards.count(
            "stream", 1, "plugin " + assignment.key() + ": what it printed wasn't taken: " + e);
      }
    }
  }
}
